using System.Text.Json;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Text;

/// <summary>Small vocabularies of every kind, with the ids and texts that Google's library gives.</summary>
public sealed class SentencePieceReferenceTests
{
    public static TheoryData<string> Names => [.. Vocabularies().Select(v => v.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EncodeAndDecode_EveryKindOfVocabulary_AgreeWithTheLibrary(string name)
    {
        JsonElement vocabulary = Vocabularies().Single(v => v.GetProperty("name").GetString() == name);
        using var folder = new TempFolder();
        folder.Write("tokenizer_config.json", """{"extra_ids": 0}"""); // the library has none
        T5Tokenizer tokenizer = T5Tokenizer.Load(folder.Write("spiece.model", FileOf(vocabulary)));

        Assert.NotEmpty(vocabulary.GetProperty("rows").EnumerateArray());
        foreach (JsonElement row in vocabulary.GetProperty("rows").EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            Assert.Equal((text, Spaced(Ids(row))), (text, Spaced(tokenizer.Encode(text))));
            Assert.Equal(row.GetProperty("decoded").GetString(), tokenizer.Decode(Ids(row)));
        }

        foreach (JsonElement row in vocabulary.GetProperty("decoding").EnumerateArray())
        {
            Assert.Equal((Spaced(Ids(row)), row.GetProperty("decoded").GetString()), (Spaced(Ids(row)), tokenizer.Decode(Ids(row))));
        }
    }

    [Fact]
    public void Decode_BytesCutOff_BecomeReplacementCharacters()
    {
        using var folder = new TempFolder();
        T5Tokenizer tokenizer = T5Tokenizer.Load(folder.Write("spiece.model", FileOf(Vocabularies().First())));

        // 🦙 is F0 9F A6 99; the pieces of bytes begin at id 3.
        Assert.Equal("tom \uD83E\uDD99 has", tokenizer.Decode(tokenizer.Encode("tom \uD83E\uDD99 has")));
        Assert.Equal("\uFFFD\uFFFD", tokenizer.Decode([3 + 0xF0, 3 + 0x9F]));
    }

    [Fact]
    public void Load_ByteFallbackWithoutAllBytes_IsRefused()
    {
        UnigramVocabulary mini = TokenizerFixture.Mini();
        using var folder = new TempFolder();
        string path = folder.Write("spiece.model", TokenizerFixture.SentencePiece(mini.Pieces, mini.Normalizer, hasByteFallback: true));
        Assert.Contains(
            "0 pieces represent bytes, not 256",
            Assert.Throws<DistillStudio.Engine.Runtime.InputException>(() => T5Tokenizer.Load(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] FileOf(JsonElement vocabulary)
    {
        bool hasByteFallback = vocabulary.GetProperty("byteFallback").GetBoolean();
        IEnumerable<Piece> bytes =
            hasByteFallback ? Enumerable.Range(0, 256).Select(value => new Piece($"<0x{value:X2}>", 0, PieceType.Byte)) : [];
        IEnumerable<Piece> pieces = vocabulary.GetProperty("pieces").EnumerateArray().Select(
            piece => new Piece(piece[0].GetString()!, piece[1].GetSingle(), (PieceType)piece[2].GetInt32()));
        return TokenizerFixture.SentencePiece(
            [
                new("<pad>", 0, PieceType.Control), new("</s>", 0, PieceType.Control), new("<unk>", 0, PieceType.Unknown), .. bytes,
                .. pieces,
            ],
            new(
                vocabulary.GetProperty("characterMap").GetBoolean() ? TokenizerFixture.Mini().Normalizer.CharacterMap : [],
                vocabulary.GetProperty("addsDummyPrefix").GetBoolean(),
                vocabulary.GetProperty("removesExtraSpaces").GetBoolean(),
                PutsSpaceBehind: vocabulary.GetProperty("spaceBehind").GetBoolean()),
            hasByteFallback);
    }

    private static JsonElement.ArrayEnumerator Vocabularies() =>
        JsonDocument.Parse(File.ReadAllBytes(TokenizerFixture.PathOf("sentencepiece.expected.json"))).RootElement.EnumerateArray();

    private static int[] Ids(JsonElement row) => [.. row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    private static string Spaced(IEnumerable<int> ids) => string.Join(' ', ids);
}
