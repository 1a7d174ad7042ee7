using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed class LanesTests
{
    [Fact]
    public void Exp_OverItsRange_ErrsByLessThanTwoUnitsInTheLastPlace()
    {
        for (float x = -86.9f; x < 88; x += 0.0137f)
        {
            double expected = Math.Exp(x);
            Assert.InRange(Math.Abs((Lanes.Exp(Vector512.Create(x))[3] / expected) - 1), 0, 2.4e-7);
        }

        Assert.Equal(0, Lanes.Exp(Vector512.Create(-100f))[0]);
        Assert.Equal(0, Lanes.Exp(Vector512.Create(float.NegativeInfinity))[0]);
        Assert.Equal(1, Lanes.Exp(Vector512<float>.Zero)[0]);
    }

    /// <summary>Such as laptops have. Matrix products stay those of this processor.</summary>
    [Fact]
    public async Task Train_OnAProcessorWithout512BitVectors_HasTheSameLosses()
    {
        Assert.SkipUnless(Fma.IsSupported && !OperatingSystem.IsWindows(), "Needs 256-bit vectors, and a shell.");
        double[] expected = await LossesAsync([]);
        double[] actual = await LossesAsync(new() { ["DOTNET_EnableAVX512"] = "0" });

        Assert.Equal(5, expected.Length); // three steps, validation and test
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    private static async Task<double[]> LossesAsync(Dictionary<string, string> environment)
    {
        using var folder = new TempFolder();
        using ProgramRun run = ProgramRun.StartAfter(
            "", environment, "train", "--dataset", "demo", "--max_steps", "3", "--eval-limit", "40", "--threads", "1", "--home",
            folder.Path, "--json");
        CommandResult result = await run.EndAsync();
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("libtorch, which takes longer", result.Out, StringComparison.Ordinal);
        JsonElement[] events = [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
        return
        [
            .. events.Where(each => each.GetProperty("event").GetString() is "progressed" or "evaluated")
                .Select(each => each.GetProperty("loss").GetDouble()),
        ];
    }

    [Fact]
    public void Exp_OfNaN_IsNaN() => Assert.Equal(float.NaN, Lanes.Exp(Vector512.Create(float.NaN))[5]);
}
