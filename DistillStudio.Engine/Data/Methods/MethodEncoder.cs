using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Data.Methods;

/// <summary>One task of one example as ids.</summary>
/// <param name="Tokens">Input and target, each ending with <c>&lt;/s&gt;</c>.</param>
/// <param name="RationaleTokens">Number of leading target ids that belong to the rationale; the rest belong to the label.</param>
public sealed record EncodedTask(TokenPair Tokens, int RationaleTokens);

/// <summary>Encodes texts for the tasks of a method.</summary>
/// <param name="method">The method, which defines the tasks.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="maxInputLength">Maximum input length in ids, including <c>&lt;/s&gt;</c> (1024 in the paper).</param>
public sealed class MethodEncoder(DistillationMethod method, T5Tokenizer tokenizer, int maxInputLength)
{
    /// <summary>Maximum target length in ids, including <c>&lt;/s&gt;</c>.</summary>
    public const int MaxTargetLength = 256;

    /// <summary>Encodes an example's tasks in the method's order; null for a task whose rationale the example lacks.</summary>
    public EncodedTask?[] Encode(string input, string label, string? rationale) =>
        [.. method.Streams.Select(stream => EncodeTask(stream, input, label, rationale))];

    /// <summary>Encodes an example's tasks for training.</summary>
    public EncodedTask?[] Encode(TrainingRow row) => Encode(row.Input, row.Label, row.Rationale);

    /// <summary>Returns the ids of the input for this task.</summary>
    public int[] EncodeInput(TaskStream stream, string input) => tokenizer.Encode(stream.Prefix + input, maxInputLength);

    private EncodedTask? EncodeTask(TaskStream stream, string input, string label, string? rationale)
    {
        if (stream.Target == TargetKind.Label)
        {
            return new(new(EncodeInput(stream, input), tokenizer.Encode(label, MaxTargetLength)), 0);
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
