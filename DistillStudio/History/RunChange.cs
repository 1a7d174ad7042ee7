using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>Something of a run is different now; history has it already.</summary>
/// <param name="RunId">Empty where it is about no run that is known.</param>
/// <param name="Events">New ones, in order; empty where only the summary changed.</param>
/// <param name="IsUrgent">The run's state changed, or the run came or went.</param>
/// <param name="IsRewound">What was known of the run before is void.</param>
public sealed record RunChange(string RunId, IReadOnlyList<RunEvent> Events, bool IsUrgent, bool IsRewound = false);
