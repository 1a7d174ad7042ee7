using System.Text.Json;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Model;

public sealed class PrecisionTests
{
    [Theory]
    [InlineData(null, null, Precision.Float32)] // the CPU, or a driver that does not report it
    [InlineData(null, 7, Precision.Float32)]
    [InlineData(null, 8, Precision.BFloat16)]
    [InlineData(null, 9, Precision.BFloat16)]
    [InlineData(true, null, Precision.BFloat16)]
    [InlineData(true, 7, Precision.BFloat16)]
    [InlineData(false, 9, Precision.Float32)]
    public void Choose_RequestedOrNot_FollowsTheRequestThenTheGpu(bool? requested, int? capability, Precision expected) =>
        Assert.Equal(expected, PrecisionExtensions.Choose(requested, capability));

    [Fact]
    public void Choose_OnTheCpu_IsFloat32() => Assert.Equal(Precision.Float32, PrecisionExtensions.Choose(null, CPU));

    [Fact]
    public void Major_WithoutADriver_IsUnknown()
    {
        Assert.SkipWhen(LibTorch.IsNvidiaDriverPresent, "This machine has an NVIDIA driver.");
        Assert.Null(GpuCapability.Major(0));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(", \"bf16\": null", null)]
    [InlineData(", \"bf16\": false", false)]
    [InlineData(", \"bf16\": true", true)]
    public void Spec_OfAnEarlierRun_KeepsItsPrecision(string field, bool? expected)
    {
        RunSpec spec = JsonSerializer.Deserialize<RunSpec>(
            $"{{\"dataset\": \"cqa\", \"from_pretrained\": \"demo\"{field}}}", EngineJson.Spec)!;

        Assert.Equal(expected, spec.Bf16);
        Assert.Equal(spec, JsonSerializer.Deserialize<RunSpec>(JsonSerializer.Serialize(spec, EngineJson.Spec), EngineJson.Spec));
    }

    [Theory]
    [InlineData(null, "float32")]
    [InlineData(true, "bf16")]
    [InlineData(false, "float32")]
    public void Run_OnTheCpu_RecordsItsPrecision(bool? bf16, string expected)
    {
        using var home = new TempFolder();
        using TrainingSession session = TrainingSession.Open(
            RunDefaults.Demo with { Device = "cpu", Bf16 = bf16 }, new StudioHome(home.Path));

        Assert.Equal(expected, session.Model.Precision.Name());
    }
}
