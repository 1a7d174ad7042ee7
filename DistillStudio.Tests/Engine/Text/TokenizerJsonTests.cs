using System.Text.Json;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Text;

/// <summary><c>tokenizer.json</c> without <c>spiece.model</c>.</summary>
public sealed class TokenizerJsonTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("always")]
    public void Encode_AndDecode_GiveWhatTheSentencePieceFormGives(string? scheme)
    {
        T5Tokenizer tokenizer = Load(TokenizerFixture.Json(TokenizerFixture.Mini(), scheme));
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(TokenizerFixture.PathOf("mini.expected.json")));
        Assert.Equal(2100, tokenizer.VocabularySize);
        foreach (JsonElement row in expected.RootElement.GetProperty("rows").EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            int[] ids = [.. row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal((text, string.Join(' ', ids)), (text, string.Join(' ', tokenizer.Encode(text))));
            Assert.Equal(row.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
        }
    }

    // Ids of the tokenizers library.
    [Theory]
    [InlineData("first", "A man walks.</s>He moves.", "89 175 461 5 3 1 1994 16 406 5 3 1")]
    [InlineData("first", "a </s> b", "6 1 95 1")]
    [InlineData("first", "a</s>b", "6 1 41 1")]
    [InlineData("first", "<extra_id_0> a", "2099 6 1")]
    [InlineData("first", "</s>a", "1 30 1")]
    [InlineData("never", "A man walks.</s>He moves.", "1805 175 461 5 3 1 1994 16 406 5 3 1")]
    [InlineData("never", " a", "6 1")]
    [InlineData("never", "the \u2581 a", "143 16 6 1")]
    [InlineData("always", "A man walks.</s>He moves.", "89 175 461 5 3 1 83 406 5 3 1")]
    public void Encode_PrependScheme_IsHonoured(string scheme, string text, string ids) =>
        Assert.Equal(ids, string.Join(' ', Load(TokenizerFixture.Json(TokenizerFixture.Mini(), scheme)).Encode(text)));

    [Fact]
    public void Encode_ByteFallback_GivesBytes()
    {
        UnigramVocabulary mini = TokenizerFixture.Mini();
        IReadOnlyList<Piece> bytes = [.. Enumerable.Range(0, 256).Select(value => new Piece($"<0x{value:X2}>", 0, PieceType.Byte))];
        T5Tokenizer tokenizer = Load(TokenizerFixture.Json(mini with { Pieces = [.. mini.Pieces, .. bytes], HasByteFallback = true }));
        int[] ids = tokenizer.Encode("a\uD83E\uDD99");
        Assert.Equal([6, 2000 + 0xF0, 2000 + 0x9F, 2000 + 0xA6, 2000 + 0x99, 1], ids);
        Assert.Equal("a\uD83E\uDD99", tokenizer.Decode(ids));
    }

    [Fact]
    public void Load_AddedTokenBeyondTheVocabulary_HasItsId()
    {
        JsonObject json = TokenizerFixture.Json(TokenizerFixture.Mini());
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 2100, ["content"] = "<sep>", ["special"] = false });
        T5Tokenizer tokenizer = Load(json);
        Assert.Equal(2101, tokenizer.VocabularySize);
        Assert.Equal("a <sep> b", tokenizer.Decode(tokenizer.Encode("a<sep>b")));
    }

    [Fact]
    public void Load_NextToSentencePiece_SuppliesItsAddedTokens()
    {
        JsonObject json = TokenizerFixture.Json(TokenizerFixture.Mini());
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 2100, ["content"] = "<sep>", ["special"] = false });
        _folder.Write("spiece.model", File.ReadAllBytes(TokenizerFixture.MiniPath));
        Assert.Contains(2100, Load(json).Encode("a<sep>b"));
    }

    [Fact]
    public void Remarks_NextToSentencePiece_NameTheFirstIdThatDiffers()
    {
        _folder.Write("spiece.model", File.ReadAllBytes(TokenizerFixture.MiniPath));
        JsonObject json = TokenizerFixture.Json(TokenizerFixture.Mini());
        _folder.Write("tokenizer.json", json.ToJsonString());
        Assert.Empty(TokenizerFiles.Remarks(_folder.Path));

        JsonArray pieces = json["model"]!["vocab"]!.AsArray();
        (pieces[100]![0], pieces[101]![0]) = (pieces[101]![0]!.DeepClone(), pieces[100]![0]!.DeepClone());
        _folder.Write("tokenizer.json", json.ToJsonString());
        Assert.Contains("id 100 is", Assert.Single(TokenizerFiles.Remarks(_folder.Path)), StringComparison.Ordinal);

        _folder.Write("tokenizer_config.json", """{"tokenizer_class": "TokenizersBackend"}""");
        Assert.Contains("tokenizer.json is used", Assert.Single(TokenizerFiles.Remarks(_folder.Path)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}}""", "another kind, BPE")]
    [InlineData("""{"model": {"vocab": {}, "merges": []}}""", "another kind, BPE")]
    [InlineData("""{"model": {"type": "WordPiece", "vocab": {}}}""", "WordPiece, as BERT's")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {}}}""", "whole words")]
    [InlineData("{}", "has no model")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"model": {"type": "\ud800"}}""", "not valid Unicode")]
    [InlineData("", "not valid JSON")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "is a Git LFS pointer")]
    public void Load_AnotherKind_IsRefusedByItsKind(string text, string what) => AssertRefused(text, what);

    [Theory]
    [InlineData("normalizer", """{"type": "Lowercase"}""", "normalizer is Lowercase")]
    [InlineData("normalizer", """{"type": "Sequence", "normalizers": [{"type": "NFKC"}]}""", "normalizer is NFKC")]
    [InlineData("normalizer", """{"type": "Precompiled", "precompiled_charsmap": "?"}""", "not base64")]
    [InlineData("normalizer", """{"type": "Precompiled", "precompiled_charsmap": "AAAA"}""", "precompiled_charsmap is damaged")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"String": "a"}, "content": "b"}""", "normalizer is Replace")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel"}""", "pre_tokenizer is ByteLevel")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer is none")]
    [InlineData("pre_tokenizer", """{"type": "Metaspace", "replacement": "_"}""", "pre_tokenizer is Metaspace")]
    [InlineData("post_processor", "null", "does not close a text with </s>")]
    [InlineData(
        "post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}]}""",
        "does not close a text with </s>")]
    [InlineData("model", """{"type": "Unigram"}""", "has no vocab")]
    [InlineData("model", """{"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1], ["b", -1], ["c", -2]]}""", "not T5's")]
    [InlineData(
        "model", """{"type": "Unigram", "unk_id": 2, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["a", NaN]]}""", "no finite score")]
    [InlineData(
        "model", """{"type": "Unigram", "unk_id": 2, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["a"]]}""", "entry 3 of vocab")]
    [InlineData(
        "model", """{"type": "Unigram", "unk_id": 2, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["a", -1], ["a", -2]]}""",
        "is listed twice")]
    [InlineData(
        "model", """{"type": "Unigram", "unk_id": 2, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["", -1]]}""",
        "piece 3 has 0 characters")]
    [InlineData(
        "model", """{"type": "Unigram", "unk_id": 4294967298, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["a", -1]]}""",
        "not T5's")]
    [InlineData(
        "model", """{"type": "Unigram", "byte_fallback": "yes", "unk_id": 2, "vocab": []}""", "byte_fallback is neither true nor false")]
    [InlineData("normalizer", """{"type": "Precompiled", "precompiled_charsmap": [1]}""", "precompiled_charsmap is not a text")]
    [InlineData(
        "pre_tokenizer", """{"type": "Metaspace", "replacement": "▁", "split": 1}""", "split is neither true nor false")]
    public void Load_PartThatCannotBeHonoured_IsRefusedByName(string part, string value, string what)
    {
        JsonObject json = TokenizerFixture.Json(TokenizerFixture.Mini());
        json[part] = "@";
        AssertRefused(json.ToJsonString().Replace("\"@\"", value, StringComparison.Ordinal), what);
    }

    [Fact]
    public void Load_OtherTokenUnderAPiecesId_IsRefused()
    {
        JsonObject json = TokenizerFixture.Json(TokenizerFixture.Mini());
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 7, ["content"] = "<sep>" });
        AssertRefused(json.ToJsonString(), "which is the piece");
    }

    private T5Tokenizer Load(JsonObject json)
    {
        _folder.Write("tokenizer.json", json.ToJsonString());
        return T5Tokenizer.Load(_folder.Path);
    }

    private void AssertRefused(string text, string what)
    {
        string path = _folder.Write("tokenizer.json", text);
        InputException refusal = Assert.Throws<InputException>(() => T5Tokenizer.Load(_folder.Path));
        Assert.Contains(what, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }
}
