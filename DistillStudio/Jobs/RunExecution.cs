using DistillStudio.Engine.Runs;

namespace DistillStudio.Jobs;

/// <summary>Tells whether and how a run has ended.</summary>
internal sealed class EndWatch : IRunObserver
{
    /// <summary>The event that ended the run; null before.</summary>
    public RunEvent? End { get; private set; }

    /// <summary>The last completed step.</summary>
    public int Step { get; private set; }

    public void OnEvent(RunEvent happened)
    {
        End = happened is Finished or Cancelled or Failed ? happened : End;
        Step = happened is StepCompleted step ? step.Step : Step;
    }
}

/// <summary>Executes runs without a studio.</summary>
internal static class RunExecution
{
    /// <summary>Executes a run from its start or its last checkpoint; an exception is recorded as its failure.</summary>
    /// <param name="executor">Trains the run.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="recorder">Its open record.</param>
    /// <param name="watch">Observes the recorder.</param>
    /// <param name="control">Carries requests to end.</param>
    public static void Execute(IRunExecutor executor, RunFolder folder, RunRecorder recorder, EndWatch watch, RunControl control)
    {
        bool isTakenUp = recorder.LastNumber > 0;
        try
        {
            executor.Execute(new RunJob(folder, folder.ReadSpec(), recorder, control, isTakenUp));
        }
        catch (Exception e)
        {
            if (watch.End is null)
            {
                RunFailure failure = RunFailure.Explain(e, watch.Step, folder.ReadSpec(), RunAttempts.PlaceOf(folder) > 0);
                recorder.Record(failure.ToEvent(watch.Step));
            }
        }
    }
}
