using System.Text.Json.Nodes;
using DistillStudio.Engine.Text;
using Google.Protobuf;

namespace DistillStudio.Tests.Support;

/// <summary>Creates tokenizer files of any kind from the small vocabulary among the fixtures.</summary>
internal static class TokenizerFixture
{
    private const string SpaceMark = "\u2581";

    public static string MiniPath => PathOf("mini.spiece.model");

    public static UnigramVocabulary Mini() => SentencePieceFile.Read(MiniPath);

    public static string PathOf(string name) => FixtureFolder.Find("tokenizer", name);

    /// <summary>A <c>spiece.model</c> file.</summary>
    public static byte[] SentencePiece(IEnumerable<Piece> pieces, NormalizerRules rules, bool hasByteFallback) => Message(file =>
    {
        foreach (Piece piece in pieces)
        {
            Write(file, 1, Message(one =>
            {
                Write(one, 1, System.Text.Encoding.UTF8.GetBytes(piece.Text));
                one.WriteTag(2, WireFormat.WireType.Fixed32);
                one.WriteFloat(piece.Score);
                Write(one, 3, (int)piece.Type);
            }));
        }

        Write(file, 2, Message(trainer =>
        {
            Write(trainer, 3, 1);
            Write(trainer, 24, rules.PutsSpaceBehind ? 1 : 0);
            Write(trainer, 35, hasByteFallback ? 1 : 0);
        }));
        Write(file, 3, Message(normalizer =>
        {
            Write(normalizer, 2, rules.CharacterMap);
            Write(normalizer, 3, rules.AddsDummyPrefix ? 1 : 0);
            Write(normalizer, 4, rules.RemovesExtraSpaces ? 1 : 0);
        }));
    });

    /// <summary>A <c>tokenizer.json</c> as conversion from SentencePiece writes it, with 100 extra ids.</summary>
    /// <param name="scheme">Metaspace's prepend_scheme; null for the form of the oldest files, which split at white space first.</param>
    public static JsonObject Json(UnigramVocabulary vocabulary, string? scheme = "always")
    {
        string[] extra = [.. Enumerable.Range(0, 100).Reverse().Select(AddedToken.ExtraId)];
        JsonNode[] added = [
            .. new[] { "<pad>", "</s>", "<unk>" }.Select((content, id) => Token(id, content)),
            .. extra.Select((content, i) => Token(vocabulary.Pieces.Count + i, content)),
        ];
        var precompiled = new JsonObject
        {
            ["type"] = "Precompiled",
            ["precompiled_charsmap"] = Convert.ToBase64String(vocabulary.Normalizer.CharacterMap),
        };
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["added_tokens"] = new JsonArray(added),
            ["normalizer"] = scheme is null
                ? precompiled
                : Sequence(
                    "normalizers", precompiled, new() { ["type"] = "Strip", ["strip_left"] = false, ["strip_right"] = true },
                    new() { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = " {2,}" }, ["content"] = SpaceMark }),
            ["pre_tokenizer"] = scheme is null
                ? Sequence(
                    "pretokenizers", new() { ["type"] = "WhitespaceSplit" },
                    new() { ["type"] = "Metaspace", ["replacement"] = SpaceMark, ["add_prefix_space"] = true })
                : new JsonObject { ["type"] = "Metaspace", ["replacement"] = SpaceMark, ["prepend_scheme"] = scheme, ["split"] = true },
            ["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = new JsonArray(
                    new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } },
                    new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = "</s>", ["type_id"] = 0 } }),
            },
            ["model"] = new JsonObject
            {
                ["type"] = "Unigram",
                ["unk_id"] = 2,
                ["byte_fallback"] = vocabulary.HasByteFallback,
                ["vocab"] = new JsonArray(
                    [.. vocabulary.Pieces.Select(piece => Entry(piece.Text, piece.Score)), .. extra.Select(content => Entry(content, 0))]),
            },
        };
    }

    private static JsonArray Entry(string text, float score) => new(text, (double)score);

    private static JsonObject Token(int id, string content) =>
        new()
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        };

    private static JsonObject Sequence(string name, params JsonObject[] steps) =>
        new() { ["type"] = "Sequence", [name] = new JsonArray([.. steps]) };

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using var output = new CodedOutputStream(bytes, leaveOpen: true);
        write(output);
        output.Flush();
        return bytes.ToArray();
    }

    private static void Write(CodedOutputStream output, int field, byte[] value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }

    private static void Write(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }
}
