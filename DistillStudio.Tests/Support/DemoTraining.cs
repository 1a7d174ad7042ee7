using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Support;

/// <summary>Trains short runs on the bundled demo, stops them and resumes them.</summary>
internal sealed class DemoTraining : IDisposable
{
    public static readonly RunSpec Short =
        RunDefaults.Demo with { MaxSteps = 9, EvalSteps = 3, BatchSize = 8, EvalLimit = 12, GenMaxLen = 8, Device = "cpu" };

    private readonly TempFolder _folder = new();

    public string Root => _folder.Path;

    public void Dispose() => _folder.Dispose();

    /// <summary>Everything that a step records that does not depend on the clock or the machine.</summary>
    public static object[] Steps(IEnumerable<RunEvent> events) =>
        [
            .. events.OfType<StepCompleted>().Select(
                p => (object)(p.Step, p.LabelLoss, p.RationaleLoss, p.Loss, p.LearningRate, p.GradientNorm, p.Examples, p.Tokens))
        ];

    public static object[] Evaluations(IEnumerable<RunEvent> events) =>
        [
            .. events.OfType<EvaluationCompleted>().Select(
                e => (object)(e.Step, e.Split, e.Weights, e.Accuracy, e.Correct, e.LabelLoss, e.RationaleLoss, e.Loss))
        ];

    /// <param name="stopAfter">Cancelled while this step is recorded: before its evaluation, if one is due.</param>
    /// <param name="failAfter">Fails while this step is recorded, without another checkpoint.</param>
    public (List<RunEvent> Events, RunFolder Folder) Train(RunSpec spec, int stopAfter = 0, int failAfter = 0)
    {
        using var control = new RunControl();
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home);
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, spec, DateTimeOffset.UnixEpoch);
        var observer = new RecordingObserver(e =>
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
        using var recorder = new RunRecorder(folder.EventsPath, [observer], TimeProvider.System);
        try
        {
            new Trainer(session, folder, recorder, control, folder.ModelPath).Run();
        }
        catch (StudioException) when (failAfter > 0)
        {
        }

        return (observer.Events, folder);
    }

    /// <summary>Creates a branch that is not trained yet.</summary>
    public RunFolder Branch(RunFolder parent, int step, Func<RunSpec, RunSpec>? change = null)
    {
        RunSpec spec = BranchRules.Inherit(parent.ReadSpec(), parent.Id, step);
        return RunBranch.Find(parent, step).Create(_folder.Home.Runs, change?.Invoke(spec) ?? spec, DateTimeOffset.UnixEpoch);
    }

    /// <param name="stopAfter">As for <see cref="Train"/>.</param>
    public List<RunEvent> Resume(RunFolder folder, Func<RunSpec, RunSpec>? change = null, int stopAfter = 0)
    {
        using var control = new RunControl();
        var observer = new RecordingObserver(e =>
        {
            if (e is StepCompleted { Step: var step } && step == stopAfter)
            {
                control.Cancel();
            }
        });
        using var recorder = new RunRecorder(folder.EventsPath, [observer], TimeProvider.System);
        using TrainingSession session = TrainingSession.Open(change?.Invoke(folder.ReadSpec()) ?? folder.ReadSpec(), _folder.Home);
        RestoredRun restored = new CheckpointStore(folder).Restore(session);
        new Trainer(session, folder, recorder, control, folder.ModelPath, restored).Run();
        return observer.Events;
    }

    /// <summary>The demo's model with dropout, which it lacks.</summary>
    public string ModelWithDropout() => DemoModels.Export(_folder.Home, _folder["model"], 0.1);
}
