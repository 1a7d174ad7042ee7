using System.Diagnostics;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Training;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Training;

public sealed class GraphSupportTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Compare_GraphsThatWork_IsSatisfied()
    {
        var graphs = new ScriptedGraphs();

        Assert.Null(GraphTrial.Compare(CPU, Precision.Float32, graphs));
        Assert.True(graphs.Captures >= 5); // two training shapes, the update, encoding and decoding
        Assert.Equal(0, graphs.Living);
    }

    [Fact]
    public void Compare_GraphsThatFailOrMiscompute_SaysSo()
    {
        Assert.Contains("no room", GraphTrial.Compare(CPU, Precision.Float32, new ScriptedGraphs(failsAt: 2)), StringComparison.Ordinal);
        Assert.Contains("differ", GraphTrial.Compare(CPU, Precision.Float32, new IdleGraphs()), StringComparison.Ordinal);
        var lost = new ScriptedGraphs { Failure = new NativeException("lost\nframes") };
        Assert.Equal("lost", GraphTrial.Compare(CPU, Precision.Float32, lost));
        Assert.NotNull(GraphTrial.Compare(CPU, Precision.Float32, null));
    }

    [Fact]
    public void Run_OnACpu_SaysThatItIsNone() => Assert.Equal(
        "the device is not a GPU", GraphTrial.Run("cpu", GpuTrialKind.Both, _folder.Home));

    [Fact]
    public void Compare_GraphsOfOwnKernels_IsSatisfied()
    {
        Assert.Null(GraphTrial.Compare(CPU, Precision.Float32, new ScriptedGraphs(), OwnKernels.Reference));
        Assert.Contains(
            "differ", GraphTrial.Compare(CPU, Precision.Float32, new IdleGraphs(), OwnKernels.Reference), StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_GraphsOfBeamSearch_AreTriedToo()
    {
        var beams = new ScriptedGraphs();

        Assert.Null(GraphTrial.Compare(CPU, Precision.Float32, beams, beams: 3));
        Assert.Contains(
            "no room", GraphTrial.Compare(CPU, Precision.Float32, new ScriptedGraphs(beams.Captures), beams: 3), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OnTheCpu_IsNothingAndSaysNothing()
    {
        Assert.Equal(default, GraphSupport.Open(CPU, _folder.Home, wantsGraphs: true, wantsKernels: true, remark => Assert.Fail(remark)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("", true, true, null, null)]
    [InlineData("Both", true, false, null, "no Both")]
    [InlineData("Kernels", true, false, null, "no Kernels")]
    [InlineData("Graphs", true, true, null, null)] // is not asked
    [InlineData("Graphs Both", false, true, "no Graphs", null)]
    [InlineData("Graphs Kernels", false, false, "no Graphs", "no Kernels")]
    public void Choose_SomeTrialsFail_TakesTheFastestWayThatIsLeft(
        string failing, bool graphs, bool kernels, string? noGraphs, string? noKernels)
    {
        string? WhyNot(GpuTrialKind kind) => failing.Split(' ').Contains($"{kind}") ? $"no {kind}" : null;

        Assert.Equal((graphs, kernels, noGraphs, noKernels), GpuWays.Choose(true, true, WhyNot));
        string? noKernelsAlone = WhyNot(GpuTrialKind.Kernels);
        Assert.Equal((false, noKernelsAlone is null, null, noKernelsAlone), GpuWays.Choose(false, true, WhyNot));
        Assert.False(GpuWays.Choose(true, false, WhyNot).Kernels);
        Assert.Equal((false, false, null, null), GpuWays.Choose(false, false, _ => throw new InvalidOperationException()));
    }

    [Theory]
    [InlineData("exit 0", null)]
    [InlineData("echo 'the GPU is busy.'; exit 1", "a trial of them failed (the GPU is busy)")]
    [InlineData("echo 'terminate called' >&2; exit 134", "a trial of them failed (terminate called)")]
    [InlineData("echo 'a warning' >&2; sleep 0.1; echo 'no room.'; exit 1", "a trial of them failed (no room)")]
    [InlineData("echo \"libtorch's products are faster: 2 ms.\"; exit 1", "libtorch's products are faster: 2 ms")]
    [InlineData("exit 7", "a trial of them ended with code 7")]
    [InlineData("sleep 600", "a trial of them did not end within 1 s")]
    public void Try_Command_SaysWhatBecameOfIt(string script, string? expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Runs a shell.");

        TimeSpan patience = TimeSpan.FromSeconds(script.StartsWith("sleep", StringComparison.Ordinal) ? 1 : 60);
        Assert.Equal(expected, GraphSupport.Try(new ProcessStartInfo("/bin/sh", ["-c", script]), patience));
    }

    [Fact]
    public void Try_NoSuchProgram_SaysSo() => Assert.StartsWith(
        "a trial of them could not start",
        GraphSupport.Try(new ProcessStartInfo("/no/such/program"), TimeSpan.FromSeconds(60)), StringComparison.Ordinal);

    [Fact]
    public void Verdicts_AreKeptByKey_AndFailuresForADay()
    {
        var time = new ManualTime();
        string path = _folder["home/gpu-trials.json"];
        int trials = 0;
        string? Ask(string key, string? outcome) => new GraphVerdicts(path, time).WhyNot(key, () =>
        {
            trials++;
            return outcome;
        });

        Assert.Null(Ask("good", null));
        Assert.Equal("no", Ask("bad", "no"));
        Assert.Null(Ask("good", "later"));
        Assert.Equal("no", Ask("bad", null));
        Assert.Equal(2, trials);
        time.Advance(TimeSpan.FromDays(2));
        Assert.Null(Ask("bad", null)); // tried again
        Assert.Null(Ask("good", "later"));
        Assert.Equal(3, trials);
    }

    /// <summary>Those of the device's own precision are found in files that know no others.</summary>
    [Fact]
    public void Verdicts_OfAnotherPrecision_AreKeptApartAndOldFilesStayValid()
    {
        string path = _folder["home/gpu-trials.json"];
        WriteVerdict(path, $"Attention | {LibTorchVersion.Current} | CUDA 13 | {BuildVersion.Current} | H100", "null");
        string? Ask(Precision? precision, string outcome) => new GraphVerdicts(path, TimeProvider.System).WhyNot(
            GraphSupport.KeyOf(GpuTrialKind.Attention, "CUDA 13", "H100", precision), () => outcome, isFinal: true);

        Assert.Null(Ask(null, "tried again"));
        Assert.Equal("slower", Ask(Precision.Float32, "slower"));
        Assert.Equal("slower", Ask(Precision.Float32, "tried again"));
        Assert.Null(Ask(null, "tried again"));
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData(Precision.Float32, " --fp32")]
    [InlineData(Precision.BFloat16, " --bf16")]
    public async Task ArgumentsOf_ATrial_AreThoseOfTheCommand(Precision? precision, string flag)
    {
        IReadOnlyList<string> arguments = GraphSupport.ArgumentsOf(GpuTrialKind.Attention, "cpu", _folder.Home, precision);

        Assert.Equal($"gpu-trial --device cpu --with Attention --home {_folder.Home.Path}{flag}", string.Join(' ', arguments));
        (int code, string output, string error) = await InProcess.RunAsync([.. arguments]);
        Assert.Equal((1, "the device is not a GPU.", ""), (code, output.Trim(), error));
    }

    [Fact]
    public void Verdicts_OfTwoProcesses_AreBothKept()
    {
        string path = _folder["home/gpu-trials.json"];
        var verdicts = new GraphVerdicts(path, TimeProvider.System);
        Assert.Null(verdicts.WhyNot("first", () =>
        {
            WriteVerdict(path, "second", "\"busy\""); // another process, meanwhile
            return null;
        }));

        Assert.Equal("busy", verdicts.WhyNot("second", () => null));
        Assert.Null(verdicts.WhyNot("first", () => "tried again"));
    }

    private static void WriteVerdict(string path, string key, string reason)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string now = DateTimeOffset.UtcNow.ToString("O");
        File.WriteAllText(path, $"{{\"{key}\":{{\"reason\":{reason},\"at\":\"{now}\"}}}}");
    }

    [Fact]
    public void Verdicts_FinalFailure_IsNotTriedAgain()
    {
        var time = new ManualTime();
        var verdicts = new GraphVerdicts(_folder["home/gpu-trials.json"], time);
        Assert.Equal("slower", verdicts.WhyNot("attention", () => "slower", isFinal: true));
        Assert.Equal("busy", verdicts.WhyNot("other", () => "busy"));
        time.Advance(TimeSpan.FromDays(400));

        Assert.Equal("slower", verdicts.WhyNot("attention", () => null, isFinal: true));
        Assert.Null(verdicts.WhyNot("other", () => null));
    }

    [Fact]
    public void Verdicts_DamagedOrUnwritableFile_CostsATrial()
    {
        string path = _folder["verdicts.json"];
        File.WriteAllText(path, "{ \"key\": 3");
        Assert.Null(new GraphVerdicts(path, TimeProvider.System).WhyNot("key", () => null));
        Assert.Null(new GraphVerdicts(path, TimeProvider.System).WhyNot("key", () => throw new InvalidOperationException()));

        Directory.CreateDirectory(_folder["folder.json"]);
        Assert.Equal("no", new GraphVerdicts(_folder["folder.json"], TimeProvider.System).WhyNot("key", () => "no"));
    }

    /// <summary>Replays nothing.</summary>
    private sealed class IdleGraphs : ICudaGraphs
    {
        public long Bytes => 0;

        public ICapturedGraph Capture(Action work) => new Idle();

        private sealed class Idle : ICapturedGraph
        {
            public void Replay()
            {
            }

            public void Dispose()
            {
            }
        }
    }
}
