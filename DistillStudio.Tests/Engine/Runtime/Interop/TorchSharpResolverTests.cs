using System.Diagnostics;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using DistillStudio.Hosting;
using TorchSharp;

namespace DistillStudio.Tests.Engine.Runtime.Interop;

/// <summary>Whichever call into TorchSharp comes first in a process, libtorch is loaded. Each first call is made in a separate
/// process.</summary>
public class TorchSharpResolverTests
{
    private static readonly Dictionary<string, Action> FirstCalls = new()
    {
        ["thread count"] = () => Assert.True(ParallelTeam.Size > 0),
        ["tensor"] = () => Assert.Equal(3, torch.ones(3).sum().item<float>()),
        ["generator"] = () => new torch.Generator(7).Dispose(),
        ["scalar"] = () => 1.5.ToScalar().Dispose(),
        ["device"] = () => Assert.Equal(DeviceType.CPU, torch.CPU.type),
        ["GPUs"] = () => Assert.True(torch.cuda.device_count() >= 0),
        ["module"] = () => torch.nn.Linear(2, 3).Dispose(),
        ["model"] = () => new T5(DemoShape).Dispose(),
    };

    public static TheoryData<string> Names => [.. FirstCalls.Keys];

    private static T5Config DemoShape =>
        new() { VocabSize = 32, DModel = 16, DKv = 8, DFf = 32, NumLayers = 1, NumDecoderLayers = 1, NumHeads = 2 };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task FirstCall_BeforeTheLoad_FindsLibTorch(string call)
    {
        string copies = Path.Combine(AppContext.BaseDirectory, "cpu");
        Assert.False(Directory.Exists(copies), $"{copies} is left from an earlier failure; delete it.");

        string output = await RunAsync(nameof(Call_InAFreshProcess_Succeeds), call);

        Assert.DoesNotContain("TorchSharp: LoadNativeBackend", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(copies));
    }

    [Fact]
    public async Task MemoryEstimate_InAFreshProcess_NeedsNoLibTorch() =>
        await RunAsync(nameof(MemoryEstimate_InAFreshProcess_LoadsNothing), "estimate");

    [Fact]
    public void StudioAssembly_ReachesTorchOnlyThroughTheEngine() =>
        Assert.DoesNotContain("TorchSharp", typeof(StudioHost).Assembly.GetReferencedAssemblies().Select(reference => reference.Name));

    /// <summary>What the tests above start in a separate process.</summary>
    [Fact(Explicit = true)]
    public void Call_InAFreshProcess_Succeeds()
    {
        Assert.Null(LibTorch.LoadedPath("libtorch"));
        FirstCalls[LibTorchFixture.FirstCall!]();
        Assert.True(LibTorch.Load() || torch.ones(2).numel() == 2); // and later calls work too
    }

    /// <inheritdoc cref="Call_InAFreshProcess_Succeeds"/>
    [Fact(Explicit = true)]
    public void MemoryEstimate_InAFreshProcess_LoadsNothing()
    {
        Assert.True(RunMemory.Bytes(DemoShape, RunDefaults.Demo, new StepTokens(8, 200, 100, 30, 20)) > 0);
        Assert.Null(LibTorch.LoadedPath("libtorch"));
    }

    private static async Task<string> RunAsync(string test, string call)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [LibTorchFixture.FirstCallVariable] = call },
        };
        string[] arguments =
            [typeof(TorchSharpResolverTests).Assembly.Location, "-explicit", "only", "-noLogo", "-noColor", "-method", $"*.{test}"];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await error;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0 && output.Contains("Total: 1,", StringComparison.Ordinal), output);
        return output;
    }
}
