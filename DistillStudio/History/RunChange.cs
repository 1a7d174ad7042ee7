using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>Describes a change of a run that has been applied to history.</summary>
/// <param name="RunId">Empty for a change of the unreadable runs.</param>
/// <param name="Events">New events in order; empty if only the summary changed.</param>
/// <param name="IsUrgent">True if the run's state changed, or the run was added, edited or removed.</param>
/// <param name="IsRewound">True if all earlier data of the run is invalid.</param>
public sealed record RunChange(string RunId, IReadOnlyList<RunEvent> Events, bool IsUrgent, bool IsRewound = false);
