using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Text;

/// <summary>
/// Reads <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and <c>added_tokens.json</c> as transformers' T5Tokenizer does.
/// All are optional; unsupported settings are rejected.
/// </summary>
internal static class TokenizerSettingsFile
{
    public const string ConfigName = "tokenizer_config.json";
    public const string SpecialTokensName = "special_tokens_map.json";
    public const string AddedTokensName = "added_tokens.json";

    private const int MaxBytes = 16 << 20; // some files list every piece
    private const int MaxExtraIds = 10_000;

    /// <summary>Names in the order in which transformers assigns ids.</summary>
    private static readonly string[] SpecialNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private static readonly string[] SpecialLists = ["additional_special_tokens", "extra_special_tokens"];

    private static readonly Dictionary<string, string> FixedNames =
        new() { ["eos_token"] = AddedToken.End, ["unk_token"] = AddedToken.Unknown, ["pad_token"] = AddedToken.Pad };

    private static readonly string[] T5Classes = ["T5Tokenizer", "T5TokenizerFast", "MT5Tokenizer", "MT5TokenizerFast"];

    /// <summary>Classes that read everything from <c>tokenizer.json</c>.</summary>
    private static readonly string[] JsonClasses = ["PreTrainedTokenizerFast", "TokenizersBackend"];

    /// <exception cref="InputException">A file is malformed, the files contradict each other, or one requires an unsupported
    /// feature.</exception>
    public static TokenizerSettings Read(string folder)
    {
        string path = Path.Combine(folder, ConfigName);
        using JsonDocument? config = Open(path);
        using JsonDocument? map = Open(Path.Combine(folder, SpecialTokensName));
        JsonElement root = config?.RootElement ?? default;
        AddedToken[] named =
            [.. SpecialTokens(root, path), .. map is null ? [] : SpecialTokens(map.RootElement, Path.Combine(folder, SpecialTokensName))];
        named = [.. named.DistinctBy(token => token.Content)];
        IReadOnlyList<NumberedToken>? decoder = config is null ? null : Decoder(root, path);
        var settings = new TokenizerSettings(null, IsLegacy: true, AddsPrefixSpace: true, CleansUpSpaces: true, PrefersJson: false, decoder
            ?? Encoder(Path.Combine(folder, AddedTokensName), named), named, path);
        return config is null ? settings : WithConfig(settings, root, path);
    }

    private static TokenizerSettings WithConfig(TokenizerSettings settings, JsonElement root, string path)
    {
        var fields = new JsonFields(root, path);
        string? kind = root.TryGetProperty("tokenizer_class", out JsonElement name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()
            : null;
        int extraIds = fields.Number("extra_ids", -1, 0, MaxExtraIds);
        settings = settings with
        {
            ExtraIds = extraIds < 0 ? null : extraIds,
            IsLegacy = fields.Flag("legacy", true),
            AddsPrefixSpace = fields.Flag("add_prefix_space", true),
            CleansUpSpaces = fields.Flag("clean_up_tokenization_spaces", true),
            PrefersJson = JsonClasses.Contains(kind),
        };
        bool lowers = fields.Flag("do_lower_case", false);
        bool splitsSpecial = fields.Flag("split_special_tokens", false);
        string truncation = fields.Text("truncation_side", "right", side => side is "left" or "right", "left or right");
        fields.ThrowIfWrong();

        RefuseIf(kind is not null
            && !T5Classes.Contains(kind)
            && !JsonClasses.Contains(kind), path, $"tokenizer_class {Short(kind)} is {KindOf(kind)}", "take a model with T5's tokenizer");
        RefuseIf(
            lowers, path, "do_lower_case is true, which T5's tokenizer does not do", "remove it, and give the model text in lower case");
        RefuseIf(splitsSpecial, path, "split_special_tokens is true, which is not supported", "remove it");
        RefuseIf(truncation == "left", path, "truncation_side is left, while texts are cut on the right", "remove it");
        RefuseIf(
            settings is { IsLegacy: true, AddsPrefixSpace: false }, path,
            "add_prefix_space is false, which has an effect only with legacy false", "add \"legacy\": false, or remove it");
        RefuseIf(
            Samples(root), path, "sp_model_kwargs requests more than plain encoding", "remove it: text must give the same ids each time");
        int extras = settings.NamedExtraIds;
        RefuseIf(
            settings.ExtraIds is > 0 && extras > 0 && extras != settings.ExtraIds, path,
            $"extra_ids is {settings.ExtraIds} while {extras} tokens <extra_id_…> are named", "make the numbers agree");
        return settings;
    }

    /// <summary>Returns true if sp_model_kwargs enables sampling, reversing or an additional token.</summary>
    private static bool Samples(JsonElement root) =>
        root.TryGetProperty("sp_model_kwargs", out JsonElement kwargs) && kwargs.ValueKind == JsonValueKind.Object
        && kwargs.EnumerateObject().Any(each => each.Name is not ("nbest_size" or "alpha" or "num_threads")
            && each.Value.ValueKind is not (JsonValueKind.False or JsonValueKind.Null));

    private static IEnumerable<AddedToken> SpecialTokens(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (string name in SpecialNames)
        {
            if (root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
            {
                AddedToken token = TokenOf(value, path, name);
                RefuseIf(FixedNames.TryGetValue(name, out string? known)
                    && token.Content != known, path, $"{name} is {Short(token.Content)} while T5's is {known}",
                    "restore the file of the T5 model");
                yield return token;
            }
        }

        foreach (JsonElement value in SpecialLists.SelectMany(name => Items(root, name)))
        {
            yield return TokenOf(value, path, "additional_special_tokens");
        }
    }

    private static IEnumerable<JsonElement> Items(JsonElement root, string name) => !root.TryGetProperty(name, out JsonElement list) ? []
        : list.ValueKind == JsonValueKind.Array ? list.EnumerateArray()
        : list.ValueKind == JsonValueKind.Object ? list.EnumerateObject().Select(each => each.Value)
        : [];

    /// <summary>Reads a token given as its text, or as an object with flags.</summary>
    private static AddedToken TokenOf(JsonElement value, string path, string field) => value.ValueKind switch
    {
        JsonValueKind.String when value.GetString() is { Length: > 0 } content =>
            new(content, IsSpecial: true, StripsLeft: AddedToken.IsExtraId(content), StripsRight: AddedToken.IsExtraId(content)),
        JsonValueKind.Object => AddedTokenJson.Read(value, path, field) with { IsSpecial = true },
        _ => throw new InputException($"{path}: {field} holds something that is not a token; give its text, or restore the file."),
    };

    /// <summary>Reads added_tokens_decoder, which maps ids to tokens with flags. Returns null if the config has none.</summary>
    private static List<NumberedToken>? Decoder(JsonElement root, string path)
    {
        const string Field = "added_tokens_decoder";
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty(Field, out JsonElement decoder)
            || decoder.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return [.. decoder.EnumerateObject().Select(each => new NumberedToken(
            int.TryParse(each.Name, out int id) ? id : throw new InputException($"{path}: {Field} has {Short(each.Name)} where an id "
                + $"belongs; restore the file."),
            AddedTokenJson.Read(each.Value, path, Field),
            path))];
    }

    /// <summary>Reads added_tokens.json, which maps tokens to ids.</summary>
    private static NumberedToken[] Encoder(string path, AddedToken[] named)
    {
        using JsonDocument? file = Open(path);
        RefuseIf(file?.RootElement.TryGetProperty("", out _) == true, path, "an id has a token without content", "restore the file");
        return file is null ? [] : [.. file.RootElement.EnumerateObject().Select(each => new NumberedToken(
            LenientJson.TryReadWhole(each.Value, out long id) && id is >= 0 and <= int.MaxValue
                ? (int)id
                : throw new InputException($"{path}: {Short(each.Name)} has no id; restore the file."),
            named.FirstOrDefault(token => token.Content == each.Name)
                ?? new(
                    each.Name, IsSpecial: AddedToken.IsExtraId(each.Name), StripsLeft: AddedToken.IsExtraId(each.Name),
                    StripsRight: AddedToken.IsExtraId(each.Name)),
            path))];
    }

    private static JsonDocument? Open(string path)
    {
        try
        {
            FileStandIn.Require(path);
            JsonDocument? document = File.Exists(path) ? LenientJson.ReadFile(path, MaxBytes, "fix or remove it") : null;
            RefuseIf(document is not null
                && document.RootElement.ValueKind != JsonValueKind.Object, path, "is not a JSON object", "restore or remove it");
            RefuseIf(
                document is not null && !LenientJson.IsUnicode(document.RootElement), path, "is not valid Unicode", "restore the file");
            return document;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); fix or remove it.", e);
        }
    }

    private static string KindOf(string? kind) => kind switch
    {
        "ByT5Tokenizer" => "ByT5's, which reads bytes instead of pieces",
        { } bert when bert.Contains("Bert", StringComparison.Ordinal) && !bert.Contains("Roberta", StringComparison.Ordinal) =>
            "BERT's kind, WordPiece",
        { } bpe when bpe.Contains("Roberta", StringComparison.Ordinal) || bpe.Contains("GPT", StringComparison.Ordinal)
            || bpe.Contains("Bart", StringComparison.Ordinal) => "GPT-2's kind, byte-level BPE",
        _ => "another tokenizer than T5's",
    };

    private static void RefuseIf(bool isWrong, string path, string what, string remedy)
    {
        if (isWrong)
        {
            throw new InputException($"{path}: {what}; {remedy}.");
        }
    }

    private static string Short(string? text) => FileText.Text(text ?? "");
}
