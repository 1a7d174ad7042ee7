using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

/// <summary>Each run has the threads of its settings, whatever an earlier run of the same process used.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class ThreadsTests : IDisposable
{
    private static readonly RunSpec Short = RunDefaults.DemoStandard with
    {
        MaxSteps = 1,
        EvalSteps = 1,
        BatchSize = 4,
        EvalLimit = 4,
        GenMaxLen = 4,
        Subsample = 0.02,
        Device = "cpu",
    };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Started_AfterARunWithOtherThreads_NamesItsOwnThreadsAndWhatComputes()
    {
        Started usual = Start(null), one = Start(1), three = Start(3), again = Start(null);

        Assert.Equal((1, 3), (one.Threads, three.Threads));
        Assert.Equal(usual.Threads, again.Threads);
        Assert.Equal("cpu", usual.Device);
        Assert.StartsWith(usual.DeviceName!, usual.Machine, StringComparison.Ordinal);
        Assert.Equal(LibTorchVersion.Current, usual.LibTorch);
    }

    private Started Start(int? threads)
    {
        using var control = new RunControl();
        var events = new List<RunEvent>();
        RunSpec spec = Short with { Threads = threads };
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home);
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, spec, DateTimeOffset.UnixEpoch, isRecorded: false);
        using var recorder = new RunRecorder(null, [new RecordingObserver(events: events)], TimeProvider.System);
        new Trainer(session, folder, recorder, control, folder.ModelPath).Run();
        return events.OfType<Started>().Single();
    }
}
