using System.Text.Json.Serialization;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <param name="Elapsed">See <see cref="RunSummary.Elapsed"/>.</param>
public sealed record ResumeMark(int Step, double Elapsed);

/// <summary>One row of the table of runs: all that can be said of a run without reading its curves.</summary>
public sealed record RunSummary
{
    /// <summary>Name of the run's folder; sortable by creation.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute.</summary>
    public required string Folder { get; init; }

    public required RunSpec Spec { get; init; }

    public required RunState State { get; init; }

    /// <summary>The name a person gave; null for none.</summary>
    public string? Name { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Free text; empty for none.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Shared by runs that were launched together, such as a pair; null for a run of its own.</summary>
    public string? Group { get; init; }

    /// <summary>Which colour its curves have; given once, when the run is taken up, and kept with it. Null only before that.</summary>
    public int? Color { get; init; }

    /// <summary>Place in the queue, lowest first; null unless <see cref="RunState.Queued"/>.</summary>
    public int? QueueOrder { get; init; }

    /// <summary>When the run was asked for.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Null until the run has ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Set while a deletion can still be undone.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Device, precision, sizes: null until data and model are loaded.</summary>
    public Started? Environment { get; init; }

    /// <summary>What the run was computed with before it was taken up elsewhere, in order; empty where that never changed.</summary>
    public IReadOnlyList<RunEnvironment> EarlierEnvironments { get; init; } = [];

    /// <summary>Steps done.</summary>
    public int Step { get; init; }

    /// <summary>Rows seen.</summary>
    public long Examples { get; init; }

    /// <summary>Of the last step.</summary>
    public double? LabelLoss { get; init; }

    /// <summary>Of the last step; null where the recipe has no rationale stream.</summary>
    public double? RationaleLoss { get; init; }

    /// <summary>Of the last step.</summary>
    public double? Loss { get; init; }

    /// <summary>Accuracy on validation, in [0, 1], of the weights that are kept as the best: see <see cref="BestWeights"/>.</summary>
    public double? BestValidAccuracy { get; init; }

    /// <summary>Of the same weights.</summary>
    public int? BestValidStep { get; init; }

    /// <summary>On validation, of the same weights.</summary>
    public double? BestValidLabelLoss { get; init; }

    /// <summary>Latest accuracy on validation, in [0, 1].</summary>
    public double? LastValidAccuracy { get; init; }

    /// <summary>How far the evaluation has come that is under way; null between two.</summary>
    public EvaluationProgressed? Evaluating { get; init; }

    /// <summary>Of the exported weights, in [0, 1].</summary>
    public double? TestAccuracy { get; init; }

    /// <summary>Smoothed over the last steps, evaluations left out.</summary>
    public double? ExamplesPerSecond { get; init; }

    /// <summary>Seconds the run has taken so far, evaluations included, pauses and interruptions left out.</summary>
    public double Elapsed { get; init; }

    /// <summary>Number of the last event.</summary>
    public long LastNumber { get; init; }

    /// <summary>Time of the last event.</summary>
    public DateTimeOffset? LastTime { get; init; }

    /// <summary>How many steps have been recorded: the length of the run's training curves.</summary>
    public int Rows { get; init; }

    /// <summary>What happened, where the run failed.</summary>
    public Failed? Failure { get; init; }

    /// <summary>The newest checkpoint to go on from; null for none.</summary>
    public Checkpointed? Checkpoint { get; init; }

    /// <summary>Where a process took the run up anew, in order.</summary>
    public IReadOnlyList<ResumeMark> Resumes { get; init; } = [];

    /// <summary>How it ended, where it finished.</summary>
    public Finished? Result { get; init; }

    /// <summary>What people see: the given name, else the id.</summary>
    [JsonIgnore]
    public string Title => Name ?? Spec.Name ?? Id;

    /// <summary>It has ended before its time, and there is a checkpoint to go on from.</summary>
    [JsonIgnore]
    public bool CanResume => State is RunState.Interrupted or RunState.Failed or RunState.Cancelled && Checkpoint is not null;

    /// <summary>Share of the steps done, in [0, 1].</summary>
    [JsonIgnore]
    public double Progress => Spec.MaxSteps <= 0 ? 0 : Math.Clamp((double)Step / Spec.MaxSteps, 0, 1);

    /// <summary>Of the time that is left; null once the run has ended, and until events are read in this process.</summary>
    [JsonIgnore]
    public TimeEstimate? Timing { get; init; }

    /// <summary>Until the run's end, evaluations and the tests at the end included; null while nothing is known.</summary>
    [JsonIgnore]
    public double? SecondsLeft => State == RunState.Running ? Timing?.SecondsLeft : null;

    /// <summary>The weights that are best on validation so far.</summary>
    [JsonIgnore]
    public BestWeights? Best => BestValidAccuracy is { } accuracy && BestValidStep is { } step ? new(step, accuracy, BestValidLabelLoss ?? double.NaN) : null;
}
