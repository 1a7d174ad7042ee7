using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>A run as stored in the database, without its rows and events.</summary>
/// <param name="Rules">The version of <see cref="RunSummaryReducer.Rules"/> that produced the summary.</param>
internal sealed record StoredRun(RunSummary Summary, Bookmark Bookmark, int Rules = RunSummaryReducer.Rules);

/// <summary>The unsaved data of one run.</summary>
/// <param name="Clear">True to delete all stored data of the run first.</param>
/// <param name="Run">Null if the run was removed.</param>
/// <param name="Chunks">New or extended chunks, by index.</param>
/// <param name="Events">New events other than steps.</param>
internal sealed record RunSave(
    string RunId,
    bool Clear,
    StoredRun? Run,
    IReadOnlyList<(int Index, StepChunk Chunk)> Chunks,
    IReadOnlyList<RunEvent> Events);

/// <summary>The step of an event with samples, and its number.</summary>
internal readonly record struct SampledAt(int Step, long Number);
