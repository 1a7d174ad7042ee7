
namespace DistillStudio.Engine.Model;

/// <summary>Recognises published model types, and explains why types other than T5 and mT5 are not supported.</summary>
internal static class ModelKind
{
    internal const string T5 = "t5";
    internal const string MT5 = "mt5";

    /// <summary>Suggests supported alternatives.</summary>
    internal const string Remedy = "use a T5, T5 v1.1, Flan-T5 or mT5";

    private const string ReadsBytes = "ByT5Tokenizer";

    private static readonly Dictionary<string, string> Others = new()
    {
        ["umt5"] = "has relative positions in every layer, whereas T5 has them only in the first",
        ["longt5"] = "attends to a neighbourhood, whereas T5 attends to the whole text",
        ["switch_transformers"] = "has experts instead of feed-forward layers",
        ["nllb-moe"] = "has experts instead of feed-forward layers",
        ["byt5"] = "reads bytes instead of a tokenizer's pieces",
        ["pop2piano"] = "reads audio",
        ["udop"] = "reads images of pages",
        ["pix2struct"] = "reads images",
    };

    private static readonly string[] Encoders = [
        "bert", "roberta", "xlm-roberta", "distilbert", "albert", "electra", "deberta", "deberta-v2", "mpnet", "modernbert", "camembert",
        "longformer", "big_bird",
    ];

    private static readonly string[] Decoders = [
        "gpt2", "gpt_neo", "gpt_neox", "gptj", "opt", "bloom", "llama", "mistral", "mixtral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3",
        "gemma3_text", "phi", "phi3", "falcon", "mpt",
    ];

    private static readonly string[] OtherPairs = [
        "bart", "mbart", "pegasus", "pegasus_x", "marian", "m2m_100", "blenderbot", "blenderbot-small", "prophetnet", "led", "fsmt",
        "bigbird_pegasus", "encoder-decoder", "t5gemma",
    ];

    /// <summary>True for a supported architecture.</summary>
    internal static bool IsKnown(string modelType) => modelType is T5 or MT5;

    /// <summary>Describes another model type; the text follows its name.</summary>
    internal static string Describe(string modelType) => Others.TryGetValue(modelType, out string? does) ? $"which {does}"
        : Encoders.Contains(modelType) ? "only an encoder, which generates no text"
        : Decoders.Contains(modelType) ? "only a decoder, whereas T5 also has an encoder"
        : OtherPairs.Contains(modelType) ? "an encoder and a decoder, but not T5's"
        : "a network other than T5";

    /// <summary>
    /// Returns why a model with this tokenizer is not supported; null if it is. ByT5 has the model type <c>t5</c> and differs by its
    /// tokenizer.
    /// </summary>
    internal static string? WhyNotTokenizer(string? tokenizerClass) =>
        tokenizerClass?.Replace("Fast", "", StringComparison.Ordinal) == ReadsBytes
            ? "is a ByT5, which reads bytes and needs a byte tokenizer"
            : null;
}
