using System.Text.Json.Serialization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.History;

/// <param name="Elapsed">See <see cref="RunSummary.Elapsed"/>.</param>
public sealed record ResumeMark(int Step, double Elapsed);

/// <summary>One row of the table of runs: everything known about a run except its curves.</summary>
public sealed record RunSummary
{
    /// <summary>Name of the run's folder; sorts by creation time.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute path.</summary>
    public required string Folder { get; init; }

    public required RunSpec Spec { get; init; }

    public required RunState State { get; init; }

    /// <summary>Name given by the user; null for none.</summary>
    public string? Name { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Free text; empty for none.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Shared by runs that were launched together, such as a pair; null for a single run.</summary>
    public string? Group { get; init; }

    /// <summary>Colour index of the run's curves; assigned once, when the run is added to history. Null only before that.</summary>
    public int? Color { get; init; }

    /// <summary>Order in the queue, lowest first; null unless <see cref="RunState.Queued"/>.</summary>
    public int? QueueOrder { get; init; }

    /// <summary>When the run was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Null until the run has ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Where the run was imported from; null if it was trained in this home.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunOrigin? Origin { get; init; }

    /// <summary>Where the run is trained if not on this machine; null for this machine.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunPlacement? Placement { get; init; }

    /// <summary>Set while a deletion can still be undone.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Device, precision and sizes; null until data and model are loaded.</summary>
    public Started? Environment { get; init; }

    /// <summary>Environments before the run was resumed with a different one, in order; empty if the environment never changed.</summary>
    public IReadOnlyList<RunEnvironment> EarlierEnvironments { get; init; } = [];

    /// <summary>Steps completed.</summary>
    public int Step { get; init; }

    /// <summary>Examples processed.</summary>
    public long Examples { get; init; }

    /// <summary>Label loss of the last step.</summary>
    public double? LabelLoss { get; init; }

    /// <summary>Rationale loss of the last step; null if the method has no rationale stream.</summary>
    public double? RationaleLoss { get; init; }

    /// <summary>Loss of the last step.</summary>
    public double? Loss { get; init; }

    /// <summary>Validation accuracy of the best weights, in [0, 1]; see <see cref="BestWeights"/>.</summary>
    public double? BestValidAccuracy { get; init; }

    /// <summary>Step of the best weights.</summary>
    public int? BestValidStep { get; init; }

    /// <summary>Validation label loss of the best weights.</summary>
    public double? BestValidLabelLoss { get; init; }

    /// <summary>Latest validation accuracy, in [0, 1].</summary>
    public double? LastValidAccuracy { get; init; }

    /// <summary>Progress of the current evaluation; null if none is running.</summary>
    public EvaluationProgressed? Evaluating { get; init; }

    /// <summary>Activity before the first step or after the last; null while the run steps or evaluates, and once it has
    /// ended.</summary>
    public RunPhase? Phase { get; init; }

    /// <summary>Test accuracy of the exported weights, in [0, 1].</summary>
    public double? TestAccuracy { get; init; }

    /// <summary>Smoothed over the last steps, excluding evaluations.</summary>
    public double? ExamplesPerSecond { get; init; }

    /// <summary>Seconds elapsed, including evaluations, excluding pauses and interruptions.</summary>
    public double Elapsed { get; init; }

    /// <summary>Number of the last event.</summary>
    public long LastNumber { get; init; }

    /// <summary>Time of the last event.</summary>
    public DateTimeOffset? LastTime { get; init; }

    /// <summary>Number of lines in the event file that hold no event: what was recorded there is missing from the run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int UnreadableLines { get; init; }

    /// <summary>Number of recorded steps: the length of the run's training curves.</summary>
    public int Rows { get; init; }

    /// <summary>The failure; null unless the run failed.</summary>
    public Failed? Failure { get; init; }

    /// <summary>The newest checkpoint to resume from; null for none.</summary>
    public Checkpointed? Checkpoint { get; init; }

    /// <summary>Points at which a process resumed the run, in order.</summary>
    public IReadOnlyList<ResumeMark> Resumes { get; init; } = [];

    /// <summary>The run and step from which this run branched, and what it changed; null for a run that started from a model, and for a
    /// branch whose events have not been read yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Branched? Branched { get; init; }

    /// <summary>The branch point in the run's curves.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResumeMark? BranchMark { get; init; }

    /// <summary>Why training ended before the last step; null if it did not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StoppedEarly? StoppedEarly { get; init; }

    /// <summary>The result; null unless the run finished.</summary>
    public Finished? Result { get; init; }

    /// <summary>Display name: the given name, otherwise the id.</summary>
    [JsonIgnore]
    public string Title => Name ?? Spec.Name ?? Id;

    /// <summary>True if the run is interrupted, or has failed or been cancelled and has a checkpoint.</summary>
    [JsonIgnore]
    public bool CanResume => State is RunState.Interrupted or RunState.Failed or RunState.Cancelled && Checkpoint is not null;

    /// <summary>Fraction of the steps completed, in [0, 1].</summary>
    [JsonIgnore]
    public double Progress => Spec.MaxSteps <= 0 ? 0 : Math.Clamp((double)Step / Spec.MaxSteps, 0, 1);

    /// <summary>Estimate of the remaining time; null once the run has ended, and until events are read in this process.</summary>
    [JsonIgnore]
    public TimeEstimate? Timing { get; init; }

    /// <summary>Seconds until the run's end, including evaluations and the final tests; null if unknown.</summary>
    [JsonIgnore]
    public double? SecondsLeft => State == RunState.Running ? Timing?.SecondsLeft : null;

    /// <summary>The best weights on validation so far.</summary>
    [JsonIgnore]
    public BestWeights? Best =>
        BestValidAccuracy is { } accuracy && BestValidStep is { } step ? new(step, accuracy, BestValidLabelLoss ?? double.NaN) : null;
}
