using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Hardware;
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

    [Fact]
    public void Started_SmallBatch_HasOneThreadAndALargeOneOnePerCore()
    {
        int cores = Start(null, batchSize: 512).Threads;

        Assert.Equal(Math.Min(5, Environment.ProcessorCount), Math.Min(5, cores));
        Assert.Equal(1, Start(null, batchSize: 1).Threads);
        Assert.StartsWith("float32 by ", Start(1).Products, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, null, 1, false)]
    [InlineData(1, 2, 2, false)]      // what the user says now counts
    [InlineData(4000, null, 0, true)] // more than there are
    public void Open_OfARunThatContinues_UsesTheThreadsOfItsRecord(int recorded, int? asked, int expected, bool isRemarked)
    {
        RunSpec spec = Short with { BatchSize = 512, Threads = asked };
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, spec, DateTimeOffset.UnixEpoch);
        using (var recorder = new RunRecorder(folder.EventsPath, [], TimeProvider.System))
        {
            recorder.Record(RunScript.Started(spec) with { Threads = 3 });
            recorder.Record(RunScript.Started(spec) with { Threads = recorded }); // the last counts
        }

        using TrainingSession session = TrainingSession.Open(spec, _folder.Home, resumed: folder);

        if (expected > 0)
        {
            Assert.Equal(expected, ParallelTeam.Size);
        }

        Assert.Equal(isRemarked, session.ResumeRemarks.Any(remark => remark.Contains("--threads 4000", StringComparison.Ordinal)));
    }

    private Started Start(int? threads, int batchSize = 4)
    {
        using var control = new RunControl();
        var events = new List<RunEvent>();
        RunSpec spec = Short with { Threads = threads, BatchSize = batchSize };
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home);
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, spec, DateTimeOffset.UnixEpoch, isRecorded: false);
        using var recorder = new RunRecorder(null, [new RecordingObserver(events: events)], TimeProvider.System);
        new Trainer(session, folder, recorder, control, folder.ModelPath).Run();
        return events.OfType<Started>().Single();
    }
}
