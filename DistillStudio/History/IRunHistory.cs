using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>The history of all runs of a home. Thread-safe.</summary>
public interface IRunHistory
{
    /// <summary>Returns the runs, newest first; deleted runs are omitted unless <paramref name="includeDeleted"/> is set.</summary>
    IReadOnlyList<RunSummary> ListRuns(bool includeDeleted = false);

    /// <summary>Runs with files that cannot be read, by folder name.</summary>
    IReadOnlyList<UnreadableRun> Unreadable { get; }

    /// <summary>Number of runs whose recorded events are still being read, as after many runs were copied into the home.</summary>
    int Behind { get; }

    /// <summary>Returns the run; null if there is no such run.</summary>
    RunSummary? Find(string runId);

    /// <summary>Returns downsampled curves; empty for an unknown run.</summary>
    SeriesResult Series(string runId, SeriesRequest request);

    /// <summary>
    /// Returns up to <paramref name="max"/> events in order, from number <paramref name="fromNumber"/>; empty if there are none yet.
    /// </summary>
    IReadOnlyList<RunEvent> Events(string runId, long fromNumber, int max = 1000);

    /// <summary>Returns all evaluations, on validation and test, in order.</summary>
    IReadOnlyList<EvaluationCompleted> Evaluations(string runId);

    /// <summary>
    /// Returns starts, evaluations and ends, without samples and log lines, and in place of the steps between two of them a single one with
    /// the sums of their tokens, FLOPs and seconds. Much faster than reading all events.
    /// </summary>
    IReadOnlyList<RunEvent> Milestones(string runId);

    /// <summary>Returns the steps at which samples were taken, ascending.</summary>
    IReadOnlyList<int> SampleSteps(string runId);

    /// <summary>Returns the student's sampled outputs at the step; null if nothing was sampled.</summary>
    Sampled? Samples(string runId, int step);

    /// <summary>Returns the last <paramref name="count"/> lines of the log, oldest first.</summary>
    IReadOnlyList<Logged> Log(string runId, int count = 200);

    /// <summary>Returns the last lines of the run's log merged with lines for its events, see <see cref="EventLog"/>.</summary>
    IReadOnlyList<Logged> FullLog(string runId, int count = 200);
}

public static class RunHistoryEvents
{
    private const int Page = 5000;

    /// <summary>Returns all events of a run in order, read a page at a time.</summary>
    public static IEnumerable<RunEvent> AllEvents(this IRunHistory history, string runId)
    {
        for (long from = 1; history.Events(runId, from, Page) is { Count: > 0 } events; from = events[^1].Number + 1)
        {
            foreach (RunEvent happened in events)
            {
                yield return happened;
            }
        }
    }
}
