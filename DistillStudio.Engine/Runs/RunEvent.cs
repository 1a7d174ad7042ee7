using System.Globalization;
using System.Text.Json.Serialization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// An event of a run: the common data format of trainer, console, history, live feed and event file. In JSON the field <c>event</c> holds
/// the kind.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(PhaseStarted), "phase_started")]
[JsonDerivedType(typeof(StepCompleted), "progressed")]
[JsonDerivedType(typeof(EvaluationProgressed), "evaluation_progressed")]
[JsonDerivedType(typeof(EvaluationCompleted), "evaluated")]
[JsonDerivedType(typeof(Sampled), "sampled")]
[JsonDerivedType(typeof(Checkpointed), "checkpointed")]
[JsonDerivedType(typeof(Logged), "logged")]
[JsonDerivedType(typeof(Paused), "paused")]
[JsonDerivedType(typeof(Resumed), "resumed")]
[JsonDerivedType(typeof(Branched), "branched")]
[JsonDerivedType(typeof(StoppedEarly), "stopped_early")]
[JsonDerivedType(typeof(Finished), "finished")]
[JsonDerivedType(typeof(Cancelled), "cancelled")]
[JsonDerivedType(typeof(Failed), "failed")]
public abstract record RunEvent
{
    /// <summary>
    /// 1 for a run's first event, then ascending, with gaps only where the run was resumed from a checkpoint: numbers are never reused.
    /// Set by <see cref="RunRecorder"/>.
    /// </summary>
    public long Number { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset Time { get; init; }
}

/// <summary>An optimiser step was completed. The order of the properties is their order in JSON.</summary>
public sealed record StepCompleted : RunEvent
{
    /// <summary>1 for the first step.</summary>
    public required int Step { get; init; }

    /// <summary>Mean loss per label token.</summary>
    public required double LabelLoss { get; init; }

    /// <summary>Mean loss per rationale token; null if the method has no rationale stream.</summary>
    public required double? RationaleLoss { get; init; }

    /// <summary>The minimised objective: the weighted sum.</summary>
    public required double Loss { get; init; }

    /// <summary>Learning rate of this step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Norm before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Number of examples used since the run began.</summary>
    public required long Examples { get; init; }

    /// <summary>Number of passes over the training examples so far.</summary>
    public required double Epoch { get; init; }

    /// <summary>Duration of this step.</summary>
    public required double Seconds { get; init; }

    /// <summary>Unpadded input and target tokens of this step.</summary>
    public required long Tokens { get; init; }

    /// <summary>
    /// Floating-point operations of the weight matrices in this step, for tokens that are not padding; null for runs recorded by an older
    /// program.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Flops { get; init; }

    /// <summary>Resident memory of the process.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>
    /// Average number of processor cores used by the process during its last steps, from 0 to the machine's cores; null if it was not
    /// measured.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CpuCores { get; init; }

    /// <summary>Fraction of the time that the GPU was busy, in [0, 1]; null on the CPU.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GpuUse { get; init; }

    /// <summary>
    /// True for a step of imported curves, of which some values are not known: those that are NaN, and amounts that are 0.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsPartial { get; init; }

    /// <summary>Returns a value of this step; null if it is not known.</summary>
    public double? Known(double value) => IsPartial && double.IsNaN(value) ? null : value;

    /// <summary>Returns an amount of this step; null if it is not known.</summary>
    public long? Known(long amount) => IsPartial && amount == 0 ? null : amount;
}

/// <summary>
/// Progress of an evaluation. Recorded at its start, then at most once a second; <see cref="EvaluationCompleted"/> marks its end.
/// </summary>
/// <param name="Split">Validation between two steps, test at the end.</param>
/// <param name="Weights">As for <see cref="EvaluationCompleted"/>.</param>
/// <param name="Done">Batches completed: of the losses, the labels and the rationales.</param>
/// <param name="Total">Total number of batches.</param>
/// <param name="Seconds">Seconds since the evaluation began.</param>
public sealed record EvaluationProgressed(int Step, string Split, string Weights, int Done, int Total, double Seconds) : RunEvent
{
    /// <summary>Display text: <c>validating 12/80</c>, <c>testing 3/20</c>.</summary>
    [JsonIgnore]
    public string Text => $"{(Split == Dataset.Test ? "testing" : "validating")} {Done}/{Total}";
}

/// <summary>An evaluation of one split between two steps. The order of the properties is their order in JSON.</summary>
public sealed record EvaluationCompleted : RunEvent
{
    public required int Step { get; init; }

    public required string Split { get; init; }

    /// <summary><c>current</c>, or for the test split at the end <c>best</c> or <c>last</c>.</summary>
    public required string Weights { get; init; }

    /// <summary>In [0, 1].</summary>
    public required double Accuracy { get; init; }

    public required int Correct { get; init; }

    public required int Rows { get; init; }

    /// <summary>Mean loss per label token.</summary>
    public required double LabelLoss { get; init; }

    /// <summary>Mean loss per rationale token; null if the method has no rationale stream.</summary>
    public required double? RationaleLoss { get; init; }

    /// <summary>The weighted sum of the losses.</summary>
    public required double Loss { get; init; }

    /// <summary>Duration of this evaluation.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// SHA-256 of the weights evaluated, so that a replay can be compared to the last bit; null for runs recorded by an older program.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WeightsSha256 { get; init; }

    /// <summary>True for an evaluation of imported curves, of which some values are not known: those that are NaN.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsPartial { get; init; }

    /// <summary>Returns a value of this evaluation; null if it is not known.</summary>
    public double? Known(double value) => IsPartial && double.IsNaN(value) ? null : value;
}

/// <summary>Outputs of the student for a few fixed validation rows.</summary>
public sealed record Sampled(int Step, IReadOnlyList<Sample> Samples) : RunEvent;

/// <param name="Row">Index in the validation split.</param>
/// <param name="Rationale">Null if the method generates none.</param>
/// <param name="IsLabelTruncated">True if the label reached the generation limit before its end.</param>
public sealed record Sample(
    int Row,
    string Input,
    string Truth,
    string? TeacherLabel,
    string? TeacherRationale,
    string Label,
    string? Rationale,
    bool IsCorrect,
    bool IsLabelTruncated,
    bool IsRationaleTruncated);

/// <summary>Weights were written.</summary>
/// <param name="Folder">Folder or file, relative to the run's folder.</param>
/// <param name="IsBest">True for the weights with the best validation accuracy so far; false for the full state needed to resume the
/// run.</param>
/// <param name="StateSha256">SHA-256 of weights and optimiser state; null for the best weights, whose digest their evaluation has, and for
/// runs recorded by an older program.</param>
public sealed record Checkpointed(
    int Step, string Folder, bool IsBest, long Bytes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? StateSha256 = null) : RunEvent;

/// <param name="IsCollapse">True if the line reports that the student may have collapsed; null otherwise.</param>
public sealed record Logged(
    LogSeverity Severity, string Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? IsCollapse = null) : RunEvent;

public enum LogSeverity
{
    Information,
    Warning,
    Error,
}

/// <summary>The run was paused after this step; its state is kept.</summary>
public sealed record Paused(int Step) : RunEvent;

/// <summary>The run continues after this step.</summary>
/// <param name="IsRestored">True if a new process continued the run from a checkpoint or, at step 0, from its start: earlier
/// events of later steps are void. False after a pause.</param>
/// <param name="BestAccuracy">Highest validation accuracy up to that step, if the run was restored and its best weights exist.</param>
/// <param name="BestStep">Step of those weights.</param>
/// <param name="BestLabelLoss">Validation label loss of those weights.</param>
public sealed record Resumed(
    int Step, bool IsRestored = false, double? BestAccuracy = null, int? BestStep = null, double? BestLabelLoss = null) : RunEvent
{
    /// <summary>The best weights so far; null if there are none, or if an older program recorded only their accuracy.</summary>
    [JsonIgnore]
    public BestWeights? Best =>
        BestAccuracy is { } accuracy && BestStep is { } step && BestLabelLoss is { } loss ? new(step, accuracy, loss) : null;
}

/// <summary>
/// The run continues from a checkpoint of another run: earlier events are that run's, and the best weights count from here on.
/// </summary>
/// <param name="Run">Id of the other run.</param>
/// <param name="Step">Step of the checkpoint.</param>
/// <param name="Changes">The settings that differ from the other run's, in order; empty for none.</param>
public sealed record Branched(string Run, int Step, IReadOnlyList<SettingChange> Changes) : RunEvent;

/// <summary>A setting that a branch changed.</summary>
/// <param name="Setting">Its name in <c>spec.json</c>.</param>
/// <param name="From">The other run's value; null if it was not set or did not apply.</param>
/// <param name="To">The branch's value, likewise.</param>
public sealed record SettingChange(string Setting, string? From, string? To);

/// <summary>Training ended before the last step: as many evaluations as the patience brought no better weights.</summary>
/// <param name="Step">The last step.</param>
/// <param name="Patience">Evaluations without better weights, see <see cref="BestWeights"/>.</param>
/// <param name="BestStep">Step of the best weights.</param>
/// <param name="BestAccuracy">Their validation accuracy, in [0, 1].</param>
public sealed record StoppedEarly(int Step, int Patience, int BestStep, double BestAccuracy) : RunEvent
{
    /// <summary>The reason as a sentence.</summary>
    [JsonIgnore]
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"Stopped early after step {Step:N0}: {Format.Plural(Patience, "evaluation")} without better validation accuracy than "
            + $"{Format.Percent(BestAccuracy)} at step {BestStep:N0}.");
}

/// <summary>Accuracy of one set of weights on the test split.</summary>
/// <param name="CommonestRate">Accuracy of always answering the commonest true label of these rows, in [0, 1]; null for runs recorded by an
/// older program.</param>
public sealed record TestResult(
    double Accuracy, int Correct, int Rows, int Step,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? CommonestRate = null);

/// <summary>The run completed.</summary>
/// <param name="Test">Result of the exported weights: <paramref name="TestBest"/> or <paramref name="TestLast"/>.</param>
/// <param name="TestBest">Result of the weights with the best validation accuracy; null if nothing was validated.</param>
/// <param name="TestLast">Result of the weights of the last step.</param>
/// <param name="Model">Folder of the exported model.</param>
/// <param name="Seconds">Duration from start to end, without pauses.</param>
/// <param name="BestValidStep">Step of the weights with the best validation accuracy; null if nothing was validated, or for runs recorded
/// by an older program.</param>
/// <param name="Exported">The weights in <paramref name="Model"/>: <c>best</c> or <c>last</c>; null for runs recorded by an older
/// program.</param>
public sealed record Finished(
    int Step,
    TestResult? Test,
    TestResult? TestBest,
    TestResult? TestLast,
    double? BestValidAccuracy,
    string Model,
    double Seconds,
    int? BestValidStep = null,
    KeepModel? Exported = null) : RunEvent;

/// <summary>The run was cancelled by a user.</summary>
public sealed record Cancelled(int Step) : RunEvent;

/// <param name="Message">One sentence that states what happened.</param>
/// <param name="Remedy">Suggested remedy; null if none is known.</param>
/// <param name="Detail">Technical details.</param>
/// <param name="IsDivergence">True if the loss or the gradient norm was not finite; null otherwise.</param>
public sealed record Failed(
    int Step, string Message, string? Remedy, string? Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? IsDivergence = null) : RunEvent
{
    /// <summary>Message and remedy combined.</summary>
    [JsonIgnore]
    public string Sentence => RunFailure.Phrase(Message, Remedy);
}
