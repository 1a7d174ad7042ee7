using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Data.Methods;

/// <summary>One task of one example as ids.</summary>
/// <param name="Tokens">Input and target, each ending with <c>&lt;/s&gt;</c>.</param>
/// <param name="RationaleTokens">Number of target ids that belong to the rationale: the last ones of
/// <see cref="TargetKind.LabelThenRationale"/>, else the first ones. The rest belong to the label.</param>
/// <param name="Share">Weight of the target among those of the same task and row; these add up to 1.</param>
public sealed record EncodedTask(TokenPair Tokens, int RationaleTokens, double Share = 1);

/// <summary>Encodes texts for the tasks of a method.</summary>
/// <param name="method">The method, which defines the tasks.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="maxInputLength">Maximum input length in ids, including <c>&lt;/s&gt;</c> (1024 in the paper).</param>
public sealed class MethodEncoder(DistillationMethod method, T5Tokenizer tokenizer, int maxInputLength)
{
    /// <summary>Maximum target length in ids, including <c>&lt;/s&gt;</c>.</summary>
    public const int MaxTargetLength = 256;

    /// <summary>Encodes an example's tasks in the method's order; null for a task whose rationale the example lacks.</summary>
    public EncodedTask?[] Encode(string input, string label, string? rationale) => Encode(input, label, [rationale]);

    /// <summary>Encodes an example's tasks for training.</summary>
    public EncodedTask?[] Encode(TrainingRow row) => Encode(row.Input, row.Label, row.Rationales);

    /// <summary>Encodes a row's tasks for evaluation: with the truth as label.</summary>
    public EncodedTask?[] EncodeTruth(TrainingRow row) => Encode(row.Input, row.Truth, row.Rationales);

    /// <summary>Returns the ids of the input for this task.</summary>
    public int[] EncodeInput(TaskStream stream, string input) => tokenizer.Encode(stream.Prefix + input, maxInputLength);

    /// <summary>Returns the number of ids that the whole input has for this task, including <c>&lt;/s&gt;</c>.</summary>
    public int InputLength(TaskStream stream, string input) => tokenizer.Encode(stream.Prefix + input).Length;

    private EncodedTask?[] Encode(string input, string label, IReadOnlyList<string?> rationales)
    {
        EncodedTask?[] tasks =
        [
            .. method.Streams.Select(
                stream => EncodeTask(stream, input, label, stream.Source < rationales.Count ? rationales[stream.Source] : null)),
        ];
        foreach (IGrouping<int, int> group in Enumerable.Range(0, tasks.Length).Where(i => tasks[i] is not null)
            .GroupBy(i => method.Groups[i]).Where(g => g.Count() > 1))
        {
            foreach (int i in group)
            {
                tasks[i] = tasks[i]! with { Share = 1.0 / group.Count() };
            }
        }

        return tasks;
    }

    private EncodedTask? EncodeTask(TaskStream stream, string input, string label, string? rationale)
    {
        if (stream.Target == TargetKind.Label)
        {
            return new(new(EncodeInput(stream, input), tokenizer.Encode(label, MaxTargetLength)), 0);
        }

        if (stream.Target == TargetKind.LabelThenRationale)
        {
            int[] first = tokenizer.Encode(label, rationale is null ? MaxTargetLength : MaxTargetLength / 2);
            int[] then = rationale is null ? [] : tokenizer.Encode(rationale, MaxTargetLength - first.Length);
            return new(new(EncodeInput(stream, input), [.. first, .. then]), then.Length);
        }

        if (rationale is null)
        {
            return null;
        }

        if (stream.Target == TargetKind.Rationale)
        {
            int[] target = tokenizer.Encode(rationale, MaxTargetLength);
            return new(new(EncodeInput(stream, input), target), target.Length);
        }

        // If both do not fit, the rationale is truncated, because an answer cannot be scored without its label.
        int[] labelIds = tokenizer.Encode(label, MaxTargetLength / 2);
        int[] marker = tokenizer.Encode(DistillationMethod.LabelMarker)[..^1];
        int room = MaxTargetLength - marker.Length - labelIds.Length;
        int[] rationaleIds = [.. tokenizer.Encode(rationale)[..^1].Take(room), .. marker];
        return new(new(EncodeInput(stream, input), [.. rationaleIds, .. labelIds]), rationaleIds.Length);
    }
}
