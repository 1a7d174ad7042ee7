using System.Text.Json.Serialization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// What happened in a run: the one currency between trainer, console, history, live feed and event file.
/// In JSON the field <c>event</c> names the kind.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(StepCompleted), "progressed")]
[JsonDerivedType(typeof(EvaluationProgressed), "evaluation_progressed")]
[JsonDerivedType(typeof(EvaluationCompleted), "evaluated")]
[JsonDerivedType(typeof(Sampled), "sampled")]
[JsonDerivedType(typeof(Checkpointed), "checkpointed")]
[JsonDerivedType(typeof(Logged), "logged")]
[JsonDerivedType(typeof(Paused), "paused")]
[JsonDerivedType(typeof(Resumed), "resumed")]
[JsonDerivedType(typeof(Finished), "finished")]
[JsonDerivedType(typeof(Cancelled), "cancelled")]
[JsonDerivedType(typeof(Failed), "failed")]
public abstract record RunEvent
{
    /// <summary>1 for a run's first event, then ascending, with a gap only where the run went back to a checkpoint: no number is given twice. Set by <see cref="RunRecorder"/>.</summary>
    public long Number { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset Time { get; init; }
}

/// <summary>Data and model are loaded; the first step comes next.</summary>
/// <param name="Device">That the run computes on: <c>cpu</c>, <c>cuda:0</c>.</param>
/// <param name="Precision">Of the matrix products, as they are computed.</param>
/// <param name="Threads">CPU threads of the matrix products. Results depend on them: sums are split among threads, and so rounded in another order.</param>
/// <param name="Machine">Processor, cores and system.</param>
/// <param name="Version">Of the program.</param>
/// <param name="DeviceName">Of the processor or GPU; null where an older program recorded none.</param>
/// <param name="LibTorch">Version of libtorch; null where an older program recorded none.</param>
public sealed record Started(
    RunSpec Spec,
    string Device,
    string Precision,
    int Threads,
    long Parameters,
    int TrainRows,
    int ValidRows,
    int TestRows,
    int BlankRowsLeftOut,
    double StepsPerEpoch,
    string Machine,
    string Version,
    string? DeviceName = null,
    string? LibTorch = null) : RunEvent;

/// <summary>One optimiser step. The order of the properties is their order in JSON.</summary>
public sealed record StepCompleted : RunEvent
{
    /// <summary>1 for the first.</summary>
    public required int Step { get; init; }

    /// <summary>Mean loss per label token.</summary>
    public required double LabelLoss { get; init; }

    /// <summary>Mean loss per rationale token; null where the recipe has no such stream.</summary>
    public required double? RationaleLoss { get; init; }

    /// <summary>What was minimised: the weighted sum.</summary>
    public required double Loss { get; init; }

    /// <summary>Rate used by this step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Rows seen since the run began.</summary>
    public required long Examples { get; init; }

    /// <summary>Rows seen, in passes over the training rows.</summary>
    public required double Epoch { get; init; }

    /// <summary>Spent in this step.</summary>
    public required double Seconds { get; init; }

    /// <summary>Unpadded input and target tokens of this step.</summary>
    public required long Tokens { get; init; }

    /// <summary>Resident memory of the process.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Processor cores the process kept busy during its last steps, from 0 to the machine's cores; null where it was not measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CpuCores { get; init; }

    /// <summary>Share of the time that the GPU was busy, in [0, 1]; null on the CPU.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GpuUse { get; init; }
}

/// <summary>How far an evaluation has come. Recorded when it begins, then once a second at most; <see cref="EvaluationCompleted"/> is its end.</summary>
/// <param name="Split">Validation between two steps, test at the end.</param>
/// <param name="Weights">As for <see cref="EvaluationCompleted"/>.</param>
/// <param name="Done">Batches worked on: of the losses, the labels and the rationales.</param>
/// <param name="Total">Batches there are.</param>
/// <param name="Seconds">Since it began.</param>
public sealed record EvaluationProgressed(int Step, string Split, string Weights, int Done, int Total, double Seconds) : RunEvent
{
    /// <summary>For people: <c>evaluating 12/80</c>, <c>testing 3/20</c>.</summary>
    [JsonIgnore]
    public string Text => $"{(Split == Dataset.Test ? "testing" : "evaluating")} {Done}/{Total}";
}

/// <summary>An evaluation of one split between two steps. The order of the properties is their order in JSON.</summary>
public sealed record EvaluationCompleted : RunEvent
{
    public required int Step { get; init; }

    public required string Split { get; init; }

    /// <summary><c>current</c>, or on the test split at the end <c>best</c> or <c>last</c>.</summary>
    public required string Weights { get; init; }

    /// <summary>In [0, 1].</summary>
    public required double Accuracy { get; init; }

    public required int Correct { get; init; }

    public required int Rows { get; init; }

    /// <summary>Mean loss per label token.</summary>
    public required double LabelLoss { get; init; }

    /// <summary>Mean loss per rationale token; null where the recipe has no such stream.</summary>
    public required double? RationaleLoss { get; init; }

    /// <summary>The weighted sum.</summary>
    public required double Loss { get; init; }

    /// <summary>Spent in this evaluation.</summary>
    public required double Seconds { get; init; }
}

/// <summary>What the student writes for a few fixed validation rows.</summary>
public sealed record Sampled(int Step, IReadOnlyList<Sample> Samples) : RunEvent;

/// <param name="Row">Index in the validation split.</param>
/// <param name="Rationale">Null where the recipe writes none.</param>
/// <param name="IsLabelTruncated">The label reached the generation limit before its end.</param>
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
/// <param name="IsBest">The weights with the best validation accuracy so far; else all that a run goes on from.</param>
public sealed record Checkpointed(int Step, string Folder, bool IsBest, long Bytes) : RunEvent;

public sealed record Logged(LogSeverity Severity, string Message) : RunEvent;

public enum LogSeverity
{
    Information,
    Warning,
    Error,
}

/// <summary>The run holds still after this step and keeps its state.</summary>
public sealed record Paused(int Step) : RunEvent;

/// <summary>The run goes on after this step.</summary>
/// <param name="IsRestored">A process took the run up anew, from a checkpoint or, at step 0, from its start: later steps told before this are void. False after a pause.</param>
/// <param name="BestAccuracy">Highest accuracy on validation up to that step, where the run was restored and its best weights are there.</param>
/// <param name="BestStep">Of those weights.</param>
/// <param name="BestLabelLoss">Of those weights on validation.</param>
public sealed record Resumed(int Step, bool IsRestored = false, double? BestAccuracy = null, int? BestStep = null, double? BestLabelLoss = null) : RunEvent
{
    /// <summary>The weights that are best so far; null where there are none, and where an older program recorded their accuracy alone.</summary>
    [JsonIgnore]
    public BestWeights? Best => BestAccuracy is { } accuracy && BestStep is { } step && BestLabelLoss is { } loss ? new(step, accuracy, loss) : null;
}

/// <summary>Accuracy of one set of weights on the test split.</summary>
public sealed record TestResult(double Accuracy, int Correct, int Rows, int Step);

/// <summary>The run came to its end.</summary>
/// <param name="Test">Of the exported weights: <paramref name="TestBest"/> or <paramref name="TestLast"/>.</param>
/// <param name="TestBest">Of the weights with the best validation accuracy; null where nothing was validated.</param>
/// <param name="TestLast">Of the weights of the last step.</param>
/// <param name="Model">Folder of the exported model.</param>
/// <param name="Seconds">From start to end, without pauses.</param>
/// <param name="BestValidStep">Step of the weights with the best validation accuracy; null where nothing was validated, or an older program recorded none.</param>
/// <param name="Exported">Which weights <paramref name="Model"/> holds: <c>best</c> or <c>last</c>; null where an older program recorded none.</param>
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

/// <summary>A person ended the run.</summary>
public sealed record Cancelled(int Step) : RunEvent;

/// <param name="Message">One sentence: what happened.</param>
/// <param name="Remedy">What to try; null where nothing is known.</param>
/// <param name="Detail">For an engineer.</param>
public sealed record Failed(int Step, string Message, string? Remedy, string? Detail) : RunEvent;
