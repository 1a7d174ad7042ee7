using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Support;

/// <summary>Trains short runs on the bundled demo, stops them and takes them up again.</summary>
internal sealed class DemoTraining : IDisposable
{
    public static readonly RunSpec Short =
        RunDefaults.Demo with { MaxSteps = 9, EvalSteps = 3, BatchSize = 8, EvalLimit = 12, GenMaxLen = 8, Device = "cpu" };

    private readonly TempFolder _folder = new();

    public string Root => _folder.Path;

    public void Dispose() => _folder.Dispose();

    /// <summary>Everything that a step tells and that does not depend on the clock or the machine.</summary>
    public static object[] Steps(IEnumerable<RunEvent> events) =>
        [
            .. events.OfType<StepCompleted>().Select(
                p => (object)(p.Step, p.LabelLoss, p.RationaleLoss, p.Loss, p.LearningRate, p.GradientNorm, p.Examples, p.Tokens))
        ];

    public static object[] Looks(IEnumerable<RunEvent> events) =>
        [
            .. events.OfType<EvaluationCompleted>().Select(
                e => (object)(e.Step, e.Split, e.Weights, e.Accuracy, e.Correct, e.LabelLoss, e.RationaleLoss, e.Loss))
        ];

    /// <param name="stopAfter">Cancelled while this step is told: before its look, if it is due one.</param>
    /// <param name="failAfter">Fails while this step is told, without another checkpoint.</param>
    public (List<RunEvent> Told, RunFolder Folder) Train(RunSpec spec, int stopAfter = 0, int failAfter = 0)
    {
        using var control = new RunControl();
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home);
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, spec, DateTimeOffset.UnixEpoch);
        var told = new RecordingObserver(e =>
        {
            if (e is StepCompleted { Step: var step } && step == stopAfter)
            {
                control.Cancel();
            }
            else if (e is StepCompleted { Step: var failing } && failing == failAfter)
            {
                throw new StudioException("The test ends the run.");
            }
        });
        using var recorder = new RunRecorder(folder.EventsPath, [told], TimeProvider.System);
        try
        {
            new Trainer(session, folder, recorder, control, folder.ModelPath).Run();
        }
        catch (StudioException) when (failAfter > 0)
        {
        }

        return (told.Events, folder);
    }

    /// <summary>Makes a branch that is not trained yet.</summary>
    public RunFolder Branch(RunFolder parent, int step, Func<RunSpec, RunSpec>? change = null)
    {
        RunSpec spec = BranchRules.Inherit(parent.ReadSpec(), parent.Id, step);
        return RunBranch.Find(parent, step).Create(_folder.Home.Runs, change?.Invoke(spec) ?? spec, DateTimeOffset.UnixEpoch);
    }

    /// <param name="stopAfter">As for <see cref="Train"/>.</param>
    public List<RunEvent> Resume(RunFolder folder, Func<RunSpec, RunSpec>? change = null, int stopAfter = 0)
    {
        using var control = new RunControl();
        var told = new RecordingObserver(e =>
        {
            if (e is StepCompleted { Step: var step } && step == stopAfter)
            {
                control.Cancel();
            }
        });
        using var recorder = new RunRecorder(folder.EventsPath, [told], TimeProvider.System);
        using TrainingSession session = TrainingSession.Open(change?.Invoke(folder.ReadSpec()) ?? folder.ReadSpec(), _folder.Home);
        RestoredRun restored = new CheckpointStore(folder).Restore(session);
        new Trainer(session, folder, recorder, control, folder.ModelPath, restored).Run();
        return told.Events;
    }

    /// <summary>The demo's model with dropout, which it has none of.</summary>
    public string ModelWithDropout() => DemoModels.Export(_folder.Home, _folder["model"], 0.1);
}
