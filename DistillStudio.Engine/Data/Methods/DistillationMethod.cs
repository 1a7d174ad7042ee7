namespace DistillStudio.Engine.Data.Methods;

/// <summary>The content of a task's target.</summary>
public enum TargetKind
{
    Label,
    Rationale,

    /// <summary>The rationale, <see cref="DistillationMethod.LabelMarker"/>, the label.</summary>
    RationaleThenLabel,

    /// <summary>The label with its end token, the rationale: an answer ends with the label.</summary>
    LabelThenRationale,
}

/// <summary>One task of a method.</summary>
/// <param name="Prefix">Precedes the input, including its trailing space; empty for none. Streams with the same prefix are one task with
/// several targets a row, whose losses are averaged first over the targets of a row.</param>
/// <param name="Weight">Weight of this task's mean token loss in the total loss.</param>
/// <param name="Target">The content of the target.</param>
/// <param name="Source">Which of the row's rationales is the target, from 0.</param>
public sealed record TaskStream(string Prefix, double Weight, TargetKind Target, int Source = 0);

/// <summary>A teacher whose rationales are learned.</summary>
/// <param name="Share">Share of the weight of all rationales; the shares of a method add up to 1.</param>
public sealed record RationaleSource(string Teacher, double Share);

/// <summary>
/// Defines the tasks for an example; the loss is the weighted sum of each task's mean token loss (Hsieh et al. 2023, section 3.2).
/// </summary>
public sealed record DistillationMethod(string Name, IReadOnlyList<TaskStream> Streams)
{
    /// <summary>Separates rationale and label in a text that contains both.</summary>
    public const string LabelMarker = "So the answer is";

    /// <summary>Weight of the loss in <see cref="MethodNames.MutualInformation"/>, as published.</summary>
    private const double PublishedMutualWeight = 0.1;

    /// <summary>The task whose output contains the label.</summary>
    public TaskStream LabelStream => Streams.First(s => s.Target != TargetKind.Rationale);

    /// <summary>[streams]: index of the first stream of the same task.</summary>
    internal int[] Groups { get; } = [.. Streams.Select(stream => Streams.TakeWhile(other => other.Prefix != stream.Prefix).Count())];

    /// <summary>The task whose output contains the rationale; null if the method generates none.</summary>
    public TaskStream? RationaleStream => Streams.FirstOrDefault(s => s.Target != TargetKind.Label);

    /// <summary>
    /// Weight of the loss that draws the label's and the rationale's predictions together, averaged over the rows with both; 0 for none.
    /// Used in training only: evaluations report the other losses.
    /// </summary>
    public double MutualWeight { get; private init; }

    /// <summary>True if training needs a teacher's rationale.</summary>
    public bool NeedsRationale => RationaleStream is not null;

    /// <param name="name">A name in <see cref="MethodNames"/>.</param>
    /// <param name="alpha">Weight of the label loss in [0, 1]; methods with one task ignore it.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static DistillationMethod Create(string name, double alpha) => Create(name, alpha, [new("", 1)]);

    /// <param name="name">A name in <see cref="MethodNames"/>.</param>
    /// <param name="alpha">Weight of the label loss in [0, 1]; methods with one task ignore it.</param>
    /// <param name="sources">The teacher of each source of a row's rationales; at least one. <see cref="MethodNames.ManyRationales"/> and
    /// <see cref="MethodNames.SeveralTeachers"/> learn from all, the others from the first.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static DistillationMethod Create(string name, double alpha, IReadOnlyList<RationaleSource> sources) => name switch
    {
        MethodNames.Standard => new(name, [new("", 1, TargetKind.Label)]),
        MethodNames.TaskPrefix or MethodNames.ShuffledRationales or MethodNames.KeyTokens =>
            new(name, [Predict(alpha), new(ExplainPrefix, 1 - alpha, TargetKind.Rationale)]),
        MethodNames.MutualInformation =>
            new(name, [Predict(alpha), new(ExplainPrefix, 1 - alpha, TargetKind.Rationale)]) { MutualWeight = PublishedMutualWeight },
        MethodNames.SingleTask => new(name, [new("", 1, TargetKind.RationaleThenLabel)]),
        MethodNames.LabelThenRationale => new(name, [new("", 1, TargetKind.LabelThenRationale)]),
        MethodNames.ManyRationales =>
            new(name, [Predict(alpha), .. sources.Select((_, i) => new TaskStream(ExplainPrefix, 1 - alpha, TargetKind.Rationale, i))]),
        MethodNames.SeveralTeachers =>
            new(
                name,
                [
                    Predict(alpha),
                    .. sources.Select(
                        (source, i) => new TaskStream(PrefixOf(source.Teacher), (1 - alpha) * source.Share, TargetKind.Rationale, i)),
                ]),
        _ => throw new ArgumentException($"there is no method {name}", nameof(name)),
    };

    /// <summary>Parses the model's output for <see cref="LabelStream"/>.</summary>
    /// <returns>The label, and the rationale if it is in the same text. The label is empty for a text without one.</returns>
    public (string Label, string? Rationale) ReadLabel(string written)
    {
        if (LabelStream.Target != TargetKind.RationaleThenLabel)
        {
            return (written, null);
        }

        return FindLabel(written) is { } start
            ? (written[start..].Trim(), written[..(start - LabelMarker.Length)].TrimEnd())
            : ("", written);
    }

    /// <summary>
    /// Returns where the label begins in the model's output for <see cref="LabelStream"/>; null for a text without one.
    /// </summary>
    public int? FindLabel(string written) =>
        LabelStream.Target != TargetKind.RationaleThenLabel ? 0
        : written.LastIndexOf(LabelMarker, StringComparison.Ordinal) is >= 0 and var marker ? marker + LabelMarker.Length
        : null;

    private const string ExplainPrefix = "explain: ";

    private static TaskStream Predict(double alpha) => new("predict: ", alpha, TargetKind.Label);

    private static string PrefixOf(string teacher) => teacher.Length == 0 ? ExplainPrefix : $"explain {teacher}: ";
}
