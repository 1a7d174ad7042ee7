using DistillStudio.Engine.Runs;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Support;

/// <summary>What a trainer does with a run that was begun before, without its weights.</summary>
internal static class TakenUp
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
}
