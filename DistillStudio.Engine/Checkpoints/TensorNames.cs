using DistillStudio.Engine.Formatting;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Determines from a file's tensor names and number formats what model it was saved from.</summary>
internal static class TensorNames
{
    /// <summary>A weight that every T5 has.</summary>
    private const string InEveryT5 = "encoder.block.0.layer.0.SelfAttention.q.weight";

    private static readonly ScalarType[] Floating = [ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16];

    private static readonly string[] Roots = ["encoder.", "decoder.", "lm_head.", "shared."];

    private static readonly (string Part, string Kind)[] NoPlainWeights =
    [
        ("lora_", "holds a LoRA adapter in addition to or instead of the model; merge it into the model (merge_and_unload) and save that"),
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

    /// <summary>
    /// Returns the prefix that a wrapper added to the names: <c>module.</c>, <c>transformer.</c>, <c>_orig_mod.</c>; empty for none.
    /// </summary>
    internal static string Prefix(IEnumerable<string> names) =>
        names.FirstOrDefault(name => name.EndsWith(InEveryT5, StringComparison.Ordinal))?[..^InEveryT5.Length] ?? "";

    /// <summary>
    /// Returns true if a T5 of any size, or a related model, has such a weight; other weights belong to an added component.
    /// </summary>
    internal static bool IsOfT5(string name) => Roots.Any(root => name.StartsWith(root, StringComparison.Ordinal));

    /// <summary>Explains why the numbers cannot be used as weights; null if they can.</summary>
    internal static string? WhyUnreadable(IReadOnlyDictionary<string, WeightInfo> weights)
    {
        foreach ((string part, string kind) in NoPlainWeights)
        {
            if (weights.Keys.Any(name => name.Contains(part, StringComparison.Ordinal)))
            {
                return kind;
            }
        }

        return weights.FirstOrDefault(
            weight => weight.Key.EndsWith(".weight", StringComparison.Ordinal)
                && !Floating.Contains(weight.Value.Type)) is { Key: { } whole }
            ? $"holds {FileText.Text(whole)} as integers, so its weights are quantised; take the model's original weights"
            : null;
    }

    /// <summary>Returns the other architecture that the names belong to; null if they are inconclusive.</summary>
    /// <param name="names">Tensor names without prefix.</param>
    /// <param name="missing">Weights of the expected T5 that are missing.</param>
    internal static string? WhyOtherModel(IReadOnlyCollection<string> names, IReadOnlyCollection<string> missing)
    {
        string? kind = OtherNetworks.FirstOrDefault(other => names.Any(name => name.Contains(other.Part, StringComparison.Ordinal))).Kind;
        if (kind is not null)
        {
            return kind;
        }

        if (!names.Contains(InEveryT5))
        {
            return $"holds no T5: its weights have names such as "
                + $"{FileText.Text(names.Order(StringComparer.Ordinal).FirstOrDefault() ?? "(none)")}";
        }

        bool hasDecoder = names.Any(name => name.StartsWith("decoder.block.", StringComparison.Ordinal));
        return !hasDecoder && missing.Any(name => name.StartsWith("decoder.", StringComparison.Ordinal))
            ? "holds only an encoder (T5EncoderModel), which generates no text"
            : null;
    }

    /// <summary>Returns the task, other than text generation, that the model was made for; null if the names are inconclusive.</summary>
    internal static string? WhyOtherTask(IEnumerable<string> unused) =>
        unused.FirstOrDefault(name => TaskHeads.Any(head => name.StartsWith(head, StringComparison.Ordinal))) is { } found
            ? $"holds {FileText.Text(found)}, so it was made to classify or extract answers, not to generate them"
            : null;
}
