using System.Security.Cryptography;
using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Text;

/// <summary>
/// Reads <c>tokenizer.json</c>, the format of Hugging Face's tokenizers library, if it contains a unigram model, as written by conversion
/// from SentencePiece. Its normalizer and pre-tokenizer are converted back to the rules that they were made from; others are rejected by
/// name.
/// </summary>
/// <param name="AddsDummyPrefix">Each part of the text starts a new word (prepend_scheme always).</param>
/// <param name="AddsPrefixSpace">The text's first word is treated like any other (prepend_scheme always or first).</param>
/// <param name="Added">The file's added tokens.</param>
internal sealed record TokenizerJson(
    UnigramVocabulary Vocabulary, bool AddsDummyPrefix, bool AddsPrefixSpace, IReadOnlyList<NumberedToken> Added)
{
    public const string FileName = "tokenizer.json";

    private const int MaxBytes = 256 << 20;
    private const string Remedy = "download the file again";

    /// <exception cref="InputException">The file is missing, damaged or of another type.</exception>
    public static TokenizerJson Read(string path)
    {
        (JsonDocument document, string digest) = Open(path);
        using (document)
        {
            JsonElement root = document.RootElement;
            JsonElement model = Part(root, "model") ?? throw Refuse(path, "has no model", Remedy);
            string type = TypeOf(model);
            if (type != "Unigram")
            {
                throw new InputException($"{path} is a tokenizer of another kind, {KindOf(type)}; T5's is a unigram model: take a T5, "
                    + $"Flan-T5 or mT5 with its {SentencePieceFile.FileName} or {FileName}.");
            }

            NumberedToken[] added = ReadAdded(root, path);
            Splitting splitting = ReadSplitting(root, path);
            CheckPostProcessor(root, path);
            bool hasByteFallback = Flag(model, "byte_fallback", path);
            Piece[] pieces = ReadPieces(model, added, hasByteFallback, splitting.SplitsWords, path);
            if (!PieceRules.HasSpecialPieces(pieces))
            {
                throw new InputException($"{path} is a unigram model but not T5's, whose first pieces are <pad>, </s> and <unk>; "
                    + $"take {FileName} from the T5 model's own folder.");
            }

            if (PieceRules.WhyNot(pieces, hasByteFallback) is { } why)
            {
                throw Refuse(path, $"in vocab, {why}", Remedy);
            }

            var rules = new NormalizerRules(splitting.CharacterMap, RemovesExtraSpaces: splitting.RemovesExtraSpaces);
            return new(new(path, pieces, rules, hasByteFallback, digest), splitting.Scheme == "always", splitting.Scheme != "never", added);
        }
    }

    /// <summary>Reads only the added tokens, whatever the model type.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<NumberedToken> ReadAdded(string path)
    {
        using JsonDocument document = Open(path).Document;
        return ReadAdded(document.RootElement, path);
    }

    private static NumberedToken[] ReadAdded(JsonElement root, string path) =>
        !root.TryGetProperty("added_tokens", out JsonElement list) || list.ValueKind != JsonValueKind.Array ? [] :
    [
        .. list.EnumerateArray().Select(each => new NumberedToken(
            each.ValueKind == JsonValueKind.Object && each.TryGetProperty("id", out JsonElement number)
                && LenientJson.TryReadWhole(number, out long id) && id is >= 0 and <= int.MaxValue
                ? (int)id
                : throw Refuse(path, "a token of added_tokens has no id", Remedy),
            AddedTokenJson.Read(each, path, "added_tokens"),
            path)),
    ];

    private static Piece[] ReadPieces(JsonElement model, NumberedToken[] added, bool hasByteFallback, bool splitsWords, string path)
    {
        if (!model.TryGetProperty("vocab", out JsonElement vocabulary) || vocabulary.ValueKind != JsonValueKind.Array)
        {
            throw Refuse(path, "model has no vocab", Remedy);
        }

        long unknown = model.TryGetProperty("unk_id", out JsonElement id) && LenientJson.TryReadWhole(id, out long whole) ? whole : -1;
        var control = added.Select(token => token.Token.Content).ToHashSet(StringComparer.Ordinal);
        var pieces = new List<Piece>(vocabulary.GetArrayLength());
        foreach (JsonElement entry in vocabulary.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Array
                || entry.GetArrayLength() != 2
                || entry[0].ValueKind != JsonValueKind.String
                || entry[1].ValueKind != JsonValueKind.Number)
            {
                throw Refuse(path, $"entry {pieces.Count} of vocab is not a piece with a score", Remedy);
            }

            string text = entry[0].GetString()!;
            PieceType type = pieces.Count == unknown ? PieceType.Unknown
                : control.Contains(text) ? PieceType.Control
                : hasByteFallback && BytePiece.TryParse(text, out _) ? PieceType.Byte
                // unused if it would span the end of a word
                : splitsWords && text.LastIndexOf(UnigramVocabulary.SpaceMark, StringComparison.Ordinal) > 0 ? PieceType.Unused
                : PieceType.Normal;
            pieces.Add(new(text, (float)entry[1].GetDouble(), type));
        }

        return [.. pieces];
    }

    /// <summary>Reads how the normalizer and the pre-tokenizer split text into words.</summary>
    private static Splitting ReadSplitting(JsonElement root, string path)
    {
        var splitting = new Splitting([], RemovesExtraSpaces: false, "", SplitsWords: true);
        foreach (JsonElement step in Steps(root, "normalizer", "normalizers"))
        {
            splitting = TypeOf(step) switch
            {
                "Precompiled" => splitting with { CharacterMap = CharacterMapOf(step, path) },
                "Replace" when IsSpaces(step) => splitting with { RemovesExtraSpaces = true },
                "Strip" => splitting with { RemovesExtraSpaces = true },
                string other => throw Unsupported(path, "normalizer", other),
            };
        }

        bool splitsAtSpaces = false;
        foreach (JsonElement step in Steps(root, "pre_tokenizer", "pretokenizers"))
        {
            switch (TypeOf(step))
            {
                case "WhitespaceSplit":
                    splitsAtSpaces = true;
                    break;
                case "Metaspace" when Text(step, "replacement") is UnigramVocabulary.SpaceMark:
                    splitting = splitting with
                    {
                        Scheme = SchemeOf(step, path),
                        SplitsWords = Flag(step, "split", path, isUsual: true),
                    };
                    break;
                default:
                    throw Unsupported(path, "pre_tokenizer", TypeOf(step));
            }
        }

        if (splitting.Scheme is not ("always" or "first" or "never") || (splitsAtSpaces && splitting.Scheme != "always"))
        {
            throw Unsupported(path, "pre_tokenizer", splitting.Scheme.Length == 0 ? "none" : $"Metaspace with prepend_scheme "
                + $"{FileText.Text(splitting.Scheme)}");
        }

        return splitting with { RemovesExtraSpaces = splitting.RemovesExtraSpaces || splitsAtSpaces };
    }

    /// <summary>Reads the prepend scheme; files from before 2024 have add_prefix_space instead.</summary>
    private static string SchemeOf(JsonElement metaspace, string path) =>
        Text(metaspace, "prepend_scheme") ?? (Flag(metaspace, "add_prefix_space", path, isUsual: true) ? "always" : "never");

    /// <summary>Returns true if the step collapses a run of spaces into one.</summary>
    private static bool IsSpaces(JsonElement replace) =>
        Part(replace, "pattern") is { } pattern && Text(pattern, "Regex") is " {2,}" or " +"
            && Text(replace, "content") is " " or UnigramVocabulary.SpaceMark;

    private static byte[] CharacterMapOf(JsonElement precompiled, string path)
    {
        if (precompiled.TryGetProperty("precompiled_charsmap", out JsonElement map)
            && map.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
        {
            throw Refuse(path, "precompiled_charsmap is not a text", Remedy);
        }

        try
        {
            return Convert.FromBase64String(Text(precompiled, "precompiled_charsmap") ?? "");
        }
        catch (FormatException e)
        {
            throw new InputException($"{path}: precompiled_charsmap is not base64; {Remedy}.", e);
        }
    }

    /// <summary>Checks that a single text ends with <c>&lt;/s&gt;</c>.</summary>
    private static void CheckPostProcessor(JsonElement root, string path)
    {
        JsonElement? template = Steps(root, "post_processor", "processors").Cast<JsonElement?>().FirstOrDefault(
            step => TypeOf(step!.Value) == "TemplateProcessing");
        string[] single = template?.TryGetProperty("single", out JsonElement steps) == true && steps.ValueKind == JsonValueKind.Array
            ? [
                .. steps.EnumerateArray().Select(
                    step => Part(step, "SpecialToken") is { } token ? Text(token, "id") ?? "" : Part(step, "Sequence") is null ? "" : "$")
            ]
            : [];
        if (!single.SequenceEqual(["$", AddedToken.End]))
        {
            throw Refuse(
                path, "post_processor does not close a text with </s>, as T5's does", $"take {FileName} from the T5 model's own folder");
        }
    }

    /// <summary>Returns one component of the file, or the components of a sequence; none for null.</summary>
    private static IEnumerable<JsonElement> Steps(JsonElement root, string name, string sequence) => Part(root, name) is not { } part ? []
        : TypeOf(part) != "Sequence" ? [part]
        : part.TryGetProperty(sequence, out JsonElement list)
            && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(step => step.ValueKind == JsonValueKind.Object)
        : [];

    private static JsonElement? Part(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement part) && part.ValueKind == JsonValueKind.Object
            ? part
            : null;

    private static string? Text(JsonElement part, string name) =>
        part.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    /// <summary>Returns a setting that is true or false; <paramref name="isUsual"/> if it is missing or null.</summary>
    private static bool Flag(JsonElement part, string name, string path, bool isUsual = false) =>
        !part.TryGetProperty(name, out JsonElement flag) ? isUsual : flag.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null => isUsual,
            _ => throw Refuse(path, $"{name} is neither true nor false", Remedy),
        };

    /// <summary>Returns the model's type. The oldest files do not name it; only a unigram's pieces are in an array.</summary>
    private static string TypeOf(JsonElement part) => Text(part, "type") ?? (part.TryGetProperty("merges", out _) ? "BPE"
        : part.TryGetProperty("unk_id", out _) ? "Unigram" : "of no name");

    private static string KindOf(string type) => type switch
    {
        "BPE" => "BPE, as GPT-2's, RoBERTa's and CodeT5's",
        "WordPiece" => "WordPiece, as BERT's",
        "WordLevel" => "whole words",
        _ => FileText.Text(type),
    };

    private static (JsonDocument Document, string Digest) Open(string path)
    {
        try
        {
            FileStandIn.Require(path);
            JsonDocument document = LenientJson.ReadFile(path, MaxBytes, Remedy);
            return document.RootElement.ValueKind != JsonValueKind.Object ? throw Refuse(path, "is not a JSON object", Remedy)
                : !LenientJson.IsUnicode(document.RootElement) ? throw Refuse(path, "is not valid Unicode", Remedy)
                : (document, Convert.ToHexStringLower(SHA256.HashData(PlainFile.ReadAllBytes(path, MaxBytes))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name a readable file.", e);
        }
    }

    private static InputException Unsupported(string path, string part, string type) =>
        Refuse(
            path,
            $"{part} is {FileText.Text(type)}, which is not supported (Precompiled, Metaspace and the handling of spaces are, "
                + $"as conversion from SentencePiece writes them)",
            $"put the model's {SentencePieceFile.FileName} next to it, if it has one");

    private static InputException Refuse(string path, string what, string remedy) => new($"{path}: {what}; {remedy}.");

    private sealed record Splitting(byte[] CharacterMap, bool RemovesExtraSpaces, string Scheme, bool SplitsWords);
}
