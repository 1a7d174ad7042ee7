using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

/// <summary>Whole runs whose steps are recorded and replayed, with a stand-in for the GPU.</summary>
public sealed class GraphRunsTests : IDisposable
{
    private static readonly RunSpec Spec = DemoTraining.Short with { MaxSteps = 18, EvalSteps = 9, LearningRate = 1e-3 };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OptimizerName.AdamW, 1)]
    [InlineData(OptimizerName.AdamW, 2)]
    [InlineData(OptimizerName.Adafactor, 1)]
    public void Run_Replayed_RecordsTheFiguresOfTheComputedRun(OptimizerName optimizer, int gradSteps)
    {
        RunSpec spec = Spec with { OptimizerName = optimizer, GradSteps = gradSteps };
        (List<RunEvent> expected, _) = Train(spec, null);
        var graphs = new ScriptedGraphs();
        (List<RunEvent> actual, _) = Train(spec, graphs);

        Assert.Equal(DemoTraining.Steps(expected), DemoTraining.Steps(actual));
        Assert.Equal(DemoTraining.Evaluations(expected), DemoTraining.Evaluations(actual));
        Assert.True(graphs.Replays > 18);
        Assert.Equal(0, graphs.Living);
        Logged memory = Assert.Single(
            actual.OfType<Logged>(), line => line.Message.Contains(" CUDA graphs and the buffers of generation took ", StringComparison.Ordinal));
        Assert.DoesNotContain( // since generation's buffers count too
            $" took {ByteSize.Format(1000 * graphs.Captures)} ", memory.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(expected.OfType<Logged>(), line => line.Message.Contains("CUDA", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_BestWeightsAreNotTheLast_FreesTheGraphsBeforeTheseAreLoaded()
    {
        RunSpec spec = DemoTraining.Short with
        {
            MaxSteps = 40,
            EvalSteps = 1,
            LearningRate = 1,
            LrSchedule = LrSchedule.Constant,
            Patience = 3,
            Threads = 1,
        };
        var graphs = new ScriptedGraphs();
        var living = new List<int>(); // when the last weights were tested, then when the best ones are
        (List<RunEvent> events, _) = Train(spec, graphs, e =>
        {
            if (e is EvaluationCompleted { Split: Dataset.Test, Weights: "last" } || living.Count == 1)
            {
                living.Add(graphs.Living);
            }
        });

        Finished finished = Assert.IsType<Finished>(events[^1]);
        Assert.True(finished.BestValidStep < finished.Step);
        Assert.True(living[0] > 0);
        Assert.Equal(0, living[1]);
        Assert.Equal(0, graphs.Living);
    }

    [Fact]
    public void Run_RecordingFails_GoesOnWithTheSameFiguresAndSaysSo()
    {
        (List<RunEvent> expected, _) = Train(Spec, null);
        (List<RunEvent> actual, _) = Train(Spec, new ScriptedGraphs(failsAt: 2, "the GPU's memory does not suffice for them"));

        Assert.Equal(DemoTraining.Steps(expected), DemoTraining.Steps(actual));
        Logged notice = Assert.Single(
            actual.OfType<Logged>(), line => line.Message.StartsWith("CUDA graphs are off", StringComparison.Ordinal));
        Assert.Contains("memory does not suffice", notice.Message, StringComparison.Ordinal);
        Assert.Equal(LogSeverity.Warning, notice.Severity);
    }

    [Fact]
    public void Run_MemoryRunsOutBesideTheGraphs_GoesOnWithoutThemAndWithTheSameFigures()
    {
        (List<RunEvent> expected, _) = Train(Spec, null);
        var graphs = new ScriptedGraphs();
        (List<RunEvent> actual, _) = Train(Spec, graphs, e =>
        {
            if (e is StepCompleted { Step: 12 })
            {
                graphs.Failure = new NativeException("CUDA out of memory. Tried to allocate 2.00 GiB.");
            }
        });

        Assert.Equal(DemoTraining.Steps(expected), DemoTraining.Steps(actual));
        Assert.Equal(DemoTraining.Evaluations(expected), DemoTraining.Evaluations(actual));
        Assert.Equal(0, graphs.Living);
        Assert.Single(actual.OfType<Logged>(), line => line.Message.Contains(NativeErrors.NoRoomForGraphs, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_GpuIsLost_FailsInASentenceAndResumesToTheSameFigures()
    {
        (List<RunEvent> expected, _) = Train(Spec, null);
        var graphs = new ScriptedGraphs();
        (List<RunEvent> failed, RunFolder folder) = Train(Spec, graphs, e =>
        {
            if (e is StepCompleted { Step: 12 })
            {
                graphs.Failure = new NativeException("CUDA error: unspecified launch failure\nframe #0: c10");
            }
        });

        Failed end = Assert.IsType<Failed>(failed[^1]);
        Assert.StartsWith("The GPU failed after step 1", end.Message, StringComparison.Ordinal);
        Assert.EndsWith(": CUDA error: unspecified launch failure.", end.Message, StringComparison.Ordinal);
        Assert.EndsWith("restart the program, then resume the run.", end.Remedy, StringComparison.Ordinal);

        List<RunEvent> resumed = [];
        using RunControl control = new();
        using TrainingSession session = TrainingSession.Open(
            Spec, _folder.Home, BackendKind.AsOnGpu, null, null, null, new ScriptedGraphs());
        RestoredRun restored = new CheckpointStore(folder).Restore(session);
        using var recorder = new RunRecorder(folder.EventsPath, [new RecordingObserver(null, resumed)], TimeProvider.System);
        new Trainer(session, folder, recorder, control, folder.ModelPath, restored).Run();

        Assert.Equal(DemoTraining.Steps(expected.Where(e => e is StepCompleted { Step: > 9 })), DemoTraining.Steps(resumed));
        Assert.Equal(DemoTraining.Evaluations(expected).Skip(1), DemoTraining.Evaluations(resumed));
    }

    private (List<RunEvent> Events, RunFolder Folder) Train(RunSpec spec, ICudaGraphs? graphs, Action<RunEvent>? then = null)
    {
        List<RunEvent> events = [];
        using RunControl control = new();
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home, BackendKind.AsOnGpu, null, null, null, graphs);
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, spec, DateTimeOffset.UnixEpoch);
        using var recorder = new RunRecorder(folder.EventsPath, [new RecordingObserver(then, events)], TimeProvider.System);
        try
        {
            new Trainer(session, folder, recorder, control, folder.ModelPath).Run();
        }
        catch (StudioException) when (then is not null)
        {
        }

        return (events, folder);
    }
}
