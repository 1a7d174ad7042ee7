using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>What is known of all runs of a home. Every method may be called from any thread.</summary>
public interface IRunHistory
{
    /// <summary>Newest first; runs whose deletion can be undone are left out unless asked for.</summary>
    IReadOnlyList<RunSummary> ListRuns(bool includeDeleted = false);

    /// <summary>Folders that hold a run of which nothing can be told, by name.</summary>
    IReadOnlyList<UnreadableRun> Unreadable { get; }

    /// <summary>Null where there is no such run.</summary>
    RunSummary? Find(string runId);

    /// <summary>Curves, thinned; empty for an unknown run.</summary>
    SeriesResult Series(string runId, SeriesRequest request);

    /// <summary>Up to <paramref name="max"/> events in order, the first of them numbered <paramref name="fromNumber"/>; empty where there are none yet.</summary>
    IReadOnlyList<RunEvent> Events(string runId, long fromNumber, int max = 1000);

    /// <summary>All evaluations, on validation and test, in order.</summary>
    IReadOnlyList<EvaluationCompleted> Evaluations(string runId);

    /// <summary>The steps at which samples were taken, ascending.</summary>
    IReadOnlyList<int> SampleSteps(string runId);

    /// <summary>What the student wrote at that step; null where nothing was sampled.</summary>
    Sampled? Samples(string runId, int step);

    /// <summary>The last <paramref name="count"/> lines of the log, oldest first.</summary>
    IReadOnlyList<Logged> Log(string runId, int count = 200);
}
