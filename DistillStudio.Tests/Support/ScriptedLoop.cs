using DistillStudio.Engine.Runs;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Support;

/// <summary>A trainer's loop around its steps, without weights.</summary>
internal static class ScriptedLoop
{
    /// <summary>Goes back to the last evaluation, where a trainer has its checkpoint; 0 for a new run.</summary>
    public static int GoBack(RunJob job)
    {
        if (!job.IsTakenUp)
        {
            return 0;
        }

        RunEvent[] events = [.. EventLine.ReadAll(job.Folder.EventsPath)];
        int step = events.OfType<EvaluationCompleted>().LastOrDefault()?.Step ?? 0;
        long first = events.OfType<StepCompleted>().FirstOrDefault(p => p.Step > step)?.Number ?? events[^1].Number + 1;
        job.Recorder.GoBack(first - 1, new Resumed(step, IsRestored: true));
        return step;
    }

    /// <summary>Takes the steps after <paramref name="from"/>, and obeys pause and cancel between them.</summary>
    /// <returns>False for a run that was cancelled or interrupted.</returns>
    public static bool Run(RunJob job, int from, Action<int> step)
    {
        for (int next = from + 1; next <= job.Spec.MaxSteps; next++)
        {
            if (job.Control.IsPauseRequested)
            {
                job.Recorder.Record(new Paused(next - 1));
                job.Control.WaitWhilePaused();
                if (!job.Control.IsCancelRequested)
                {
                    job.Recorder.Record(new Resumed(next - 1));
                }
            }

            if (job.Control.IsCancelRequested)
            {
                if (!job.Control.IsInterruptRequested)
                {
                    job.Recorder.Record(new Cancelled(next - 1));
                }

                return false;
            }

            step(next);
        }

        return true;
    }
}
