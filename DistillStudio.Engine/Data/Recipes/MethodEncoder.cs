using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Data.Recipes;

/// <summary>One task of one row as ids.</summary>
/// <param name="Tokens">Input and target, each with its closing <c>&lt;/s&gt;</c>.</param>
/// <param name="RationaleTokens">How many of the target's first ids belong to the rationale; the rest belong to the label.</param>
public sealed record EncodedTask(TokenPair Tokens, int RationaleTokens);

/// <summary>Turns texts into the ids of a recipe's tasks.</summary>
/// <param name="recipe">Names the tasks.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="maxInputLength">Ids an input may have, with its closing <c>&lt;/s&gt;</c> (the paper's: 1024).</param>
public sealed class MethodEncoder(DistillationMethod recipe, T5Tokenizer tokenizer, int maxInputLength)
{
    /// <summary>Ids a target may have, with its closing <c>&lt;/s&gt;</c>.</summary>
    public const int MaxTargetLength = 256;

    /// <summary>A row's tasks in the recipe's order; null where the row lacks the rationale that a task needs.</summary>
    public EncodedTask?[] Encode(string input, string label, string? rationale) =>
        [.. recipe.Streams.Select(stream => EncodeTask(stream, input, label, rationale))];

    /// <summary>A row's tasks as they are trained on.</summary>
    public EncodedTask?[] Encode(TrainingRow row) => Encode(row.Input, row.Label, row.Rationale);

    /// <summary>Ids of the input as this task reads it.</summary>
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

        // Where both do not fit the rationale is cut, because without the label there is nothing to judge.
        int[] labelIds = tokenizer.Encode(label, MaxTargetLength / 2);
        int[] marker = tokenizer.Encode(DistillationMethod.LabelMarker)[..^1];
        int room = MaxTargetLength - marker.Length - labelIds.Length;
        int[] rationaleIds = [.. tokenizer.Encode(rationale)[..^1].Take(room), .. marker];
        return new(new(EncodeInput(stream, input), [.. rationaleIds, .. labelIds]), rationaleIds.Length);
    }
}
