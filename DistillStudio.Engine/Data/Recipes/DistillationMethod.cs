namespace DistillStudio.Engine.Data.Recipes;

/// <summary>What one task's target is made of.</summary>
public enum TargetKind
{
    Label,
    Rationale,

    /// <summary>The rationale, <see cref="DistillationMethod.LabelMarker"/>, the label.</summary>
    RationaleThenLabel,
}

/// <summary>One task of a recipe.</summary>
/// <param name="Prefix">Stands before the input, with its closing space; empty for none.</param>
/// <param name="Weight">Of this task's mean token loss in what is minimised.</param>
/// <param name="Target">What the model should write.</param>
public sealed record TaskStream(string Prefix, double Weight, TargetKind Target);

/// <summary>
/// Turns an example into tasks: the loss is the weighted sum of each task's mean token loss (Hsieh et al. 2023, section 3.2).
/// </summary>
public sealed record DistillationMethod(string Name, IReadOnlyList<TaskStream> Streams)
{
    /// <summary>Stands between rationale and label in a text that holds both.</summary>
    public const string LabelMarker = "So the answer is";

    /// <summary>The task whose output holds the label.</summary>
    public TaskStream LabelStream => Streams.First(s => s.Target != TargetKind.Rationale);

    /// <summary>The task whose output holds the rationale; null where the recipe writes none.</summary>
    public TaskStream? RationaleStream => Streams.FirstOrDefault(s => s.Target != TargetKind.Label);

    /// <summary>Training needs a teacher's rationale.</summary>
    public bool NeedsRationale => RationaleStream is not null;

    /// <param name="name">One of <see cref="MethodNames"/>.</param>
    /// <param name="alpha">Weight of the label loss in [0, 1]; the other recipes have no use for it.</param>
    /// <exception cref="ArgumentException">No such recipe.</exception>
    public static DistillationMethod Create(string name, double alpha) => name switch
    {
        MethodNames.Standard => new(name, [new("", 1, TargetKind.Label)]),
        MethodNames.TaskPrefix => new(name, [new("predict: ", alpha, TargetKind.Label), new("explain: ", 1 - alpha, TargetKind.Rationale)]),
        MethodNames.SingleTask => new(name, [new("", 1, TargetKind.RationaleThenLabel)]),
        _ => throw new ArgumentException($"no recipe is called {name}", nameof(name)),
    };

    /// <summary>Takes apart what the model wrote for <see cref="LabelStream"/>.</summary>
    /// <returns>The label, and the rationale where it stands in the same text. A text without a label has an empty one.</returns>
    public (string Label, string? Rationale) ReadLabel(string written)
    {
        if (LabelStream.Target == TargetKind.Label)
        {
            return (written, null);
        }

        int marker = written.LastIndexOf(LabelMarker, StringComparison.Ordinal);
        return marker < 0
            ? ("", written)
            : (written[(marker + LabelMarker.Length)..].Trim(), written[..marker].TrimEnd());
    }
}
