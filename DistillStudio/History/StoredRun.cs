using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>A run as the database keeps it, its rows and events aside.</summary>
/// <param name="Rules">The <see cref="RunSummaryReducer.Rules"/> by which the summary was made.</param>
internal sealed record StoredRun(RunSummary Summary, Bookmark Bookmark, int Rules = RunSummaryReducer.Rules);

/// <summary>What one run has to save.</summary>
/// <param name="Clear">Everything kept of the run so far goes first.</param>
/// <param name="Run">Null where the run is gone.</param>
/// <param name="Chunks">New or grown, by index.</param>
/// <param name="Events">New ones, steps aside.</param>
internal sealed record RunSave(
    string RunId,
    bool Clear,
    StoredRun? Run,
    IReadOnlyList<(int Index, StepChunk Chunk)> Chunks,
    IReadOnlyList<RunEvent> Events);
