namespace DistillStudio.Engine.Data.Methods;

/// <summary>The content of a task's target.</summary>
public enum TargetKind
{
    Label,
    Rationale,

    /// <summary>The rationale, <see cref="DistillationMethod.LabelMarker"/>, the label.</summary>
    RationaleThenLabel,
}

/// <summary>One task of a method.</summary>
/// <param name="Prefix">Precedes the input, including its trailing space; empty for none.</param>
/// <param name="Weight">Weight of this task's mean token loss in the total loss.</param>
/// <param name="Target">The content of the target.</param>
public sealed record TaskStream(string Prefix, double Weight, TargetKind Target);

/// <summary>
/// Defines the tasks for an example; the loss is the weighted sum of each task's mean token loss (Hsieh et al. 2023, section 3.2).
/// </summary>
public sealed record DistillationMethod(string Name, IReadOnlyList<TaskStream> Streams)
{
    /// <summary>Separates rationale and label in a text that contains both.</summary>
    public const string LabelMarker = "So the answer is";

    /// <summary>The task whose output contains the label.</summary>
    public TaskStream LabelStream => Streams.First(s => s.Target != TargetKind.Rationale);

    /// <summary>The task whose output contains the rationale; null if the method generates none.</summary>
    public TaskStream? RationaleStream => Streams.FirstOrDefault(s => s.Target != TargetKind.Label);

    /// <summary>True if training needs a teacher's rationale.</summary>
    public bool NeedsRationale => RationaleStream is not null;

    /// <param name="name">A name in <see cref="MethodNames"/>.</param>
    /// <param name="alpha">Weight of the label loss in [0, 1]; other methods ignore it.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static DistillationMethod Create(string name, double alpha) => name switch
    {
        MethodNames.Standard => new(name, [new("", 1, TargetKind.Label)]),
        MethodNames.TaskPrefix => new(name, [new("predict: ", alpha, TargetKind.Label), new("explain: ", 1 - alpha, TargetKind.Rationale)]),
        MethodNames.SingleTask => new(name, [new("", 1, TargetKind.RationaleThenLabel)]),
        _ => throw new ArgumentException($"there is no method {name}", nameof(name)),
    };

    /// <summary>Parses the model's output for <see cref="LabelStream"/>.</summary>
    /// <returns>The label, and the rationale if it is in the same text. The label is empty for a text without one.</returns>
    public (string Label, string? Rationale) ReadLabel(string written)
    {
        if (LabelStream.Target == TargetKind.Label)
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
        LabelStream.Target == TargetKind.Label ? 0
        : written.LastIndexOf(LabelMarker, StringComparison.Ordinal) is >= 0 and var marker ? marker + LabelMarker.Length
        : null;
}
