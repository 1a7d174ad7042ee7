using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>What the names and number formats of a file's tensors tell of the model that it was saved from.</summary>
internal static class TensorNames
{
    /// <summary>Every T5 has it.</summary>
    private const string InEveryT5 = "encoder.block.0.layer.0.SelfAttention.q.weight";

    private static readonly ScalarType[] Floating = [ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16];

    private static readonly string[] Roots = ["encoder.", "decoder.", "lm_head.", "shared."];

    private static readonly (string Part, string Kind)[] NoPlainWeights =
    [
        ("lora_", "holds a LoRA adapter beside or instead of the model; merge it into the model (merge_and_unload) and save that"),
        (".qweight", "holds weights quantised by GPTQ or AWQ; take the model's original weights"),
        (".SCB", "holds weights quantised by bitsandbytes; take the model's original weights"),
        (".quant_state", "holds weights quantised by bitsandbytes; take the model's original weights"),
    ];

    private static readonly (string Part, string Kind)[] OtherNetworks =
    [
        (".mlp.experts.", "is of a Switch Transformer, which has experts instead of feed-forward layers"),
        (".mlp.router.", "is of a Switch Transformer, which has experts instead of feed-forward layers"),
        (".LocalSelfAttention.", "is of a LongT5, which attends to a neighbourhood"),
        (".TransientGlobalSelfAttention.", "is of a LongT5, which attends to a neighbourhood"),
        ("encoder.block.1.layer.0.SelfAttention.relative_attention_bias.", "is of a UMT5, which has relative positions in every layer"),
    ];

    private static readonly string[] TaskHeads = ["qa_outputs.", "classification_head.", "classifier.", "score."];

    /// <summary>What a wrapper put before the names: <c>module.</c>, <c>transformer.</c>, <c>_orig_mod.</c>; empty for nothing.</summary>
    internal static string Prefix(IEnumerable<string> names) =>
        names.FirstOrDefault(name => name.EndsWith(InEveryT5, StringComparison.Ordinal))?[..^InEveryT5.Length] ?? "";

    /// <summary>True where a T5 with other sizes, or a relative of it, has such a weight; others belong to something put beside it.</summary>
    internal static bool IsOfT5(string name) => Roots.Any(root => name.StartsWith(root, StringComparison.Ordinal));

    /// <summary>Why the numbers are no weights as they stand; null where they are.</summary>
    internal static string? WhyUnreadable(IReadOnlyDictionary<string, WeightInfo> weights)
    {
        foreach ((string part, string kind) in NoPlainWeights)
        {
            if (weights.Keys.Any(name => name.Contains(part, StringComparison.Ordinal)))
            {
                return kind;
            }
        }

        return weights.FirstOrDefault(weight => weight.Key.EndsWith(".weight", StringComparison.Ordinal) && !Floating.Contains(weight.Value.Type)) is { Key: { } whole }
            ? $"holds {FileText.Text(whole)} in whole numbers, so its weights are quantised; take the model's original weights"
            : null;
    }

    /// <summary>Which other network the names are of; null where they tell nothing.</summary>
    /// <param name="names">Of the tensors, without prefix.</param>
    /// <param name="missing">Weights of the T5 that is wanted which are not there.</param>
    internal static string? WhyOtherModel(IReadOnlyCollection<string> names, IReadOnlyCollection<string> missing)
    {
        if (OtherNetworks.FirstOrDefault(other => names.Any(name => name.Contains(other.Part, StringComparison.Ordinal))) is { Kind: { } kind })
        {
            return kind;
        }

        if (!names.Contains(InEveryT5))
        {
            return $"holds no T5: its weights have names such as {FileText.Text(names.Order(StringComparer.Ordinal).FirstOrDefault() ?? "(none)")}";
        }

        bool hasDecoder = names.Any(name => name.StartsWith("decoder.block.", StringComparison.Ordinal));
        return !hasDecoder && missing.Any(name => name.StartsWith("decoder.", StringComparison.Ordinal))
            ? "holds an encoder alone (T5EncoderModel), which writes no text"
            : null;
    }

    /// <summary>Which other task than writing the model was made for; null where the names tell nothing.</summary>
    internal static string? WhyOtherTask(IEnumerable<string> unused) =>
        unused.FirstOrDefault(name => TaskHeads.Any(head => name.StartsWith(head, StringComparison.Ordinal))) is { } found
            ? $"holds {FileText.Text(found)}, so it was made to classify or to mark answers, not to write them"
            : null;
}
