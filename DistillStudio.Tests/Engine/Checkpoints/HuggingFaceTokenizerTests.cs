using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Checkpoints;

/// <summary>The tokenizer in a model's folder, and in what is exported from it.</summary>
public sealed class HuggingFaceTokenizerTests
{
    private const string Text = "A man walks.</s>He moves.<extra_id_3> a<sep>b \uD83E\uDD99";

    [Fact]
    public void LoadTokenizer_PiecesFillTheVocabulary_HasNoExtraIds()
    {
        using ModelFolder folder = WithPieces(vocabulary: 2000);
        T5Tokenizer tokenizer = HuggingFaceFolder.LoadTokenizer(folder.Path);
        Assert.Equal(2000, tokenizer.VocabularySize);
        Assert.All(tokenizer.Encode("a <extra_id_0>"), id => Assert.InRange(id, 0, 1999));
        Assert.Equal(2000, HuggingFaceFolder.Describe(folder.Path).TokenizerSize);
    }

    [Theory]
    [InlineData(2099)]
    [InlineData(2001)]
    [InlineData(1999)]
    public void LoadTokenizer_RoomForSomeExtraIds_RequiresTheirNumber(int vocabulary)
    {
        using ModelFolder folder = WithPieces(vocabulary);
        Assert.Contains(
            "extra_ids", Assert.Throws<InputException>(() => HuggingFaceFolder.LoadTokenizer(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spiece.model", "")]
    [InlineData("spiece.model", """{"legacy": false, "added_tokens_decoder": {"2100": {"content": "<sep>", "rstrip": true}}}""")]
    [InlineData("spiece.model", """{"extra_ids": 4, "clean_up_tokenization_spaces": false}""")]
    [InlineData("tokenizer.json", "")]
    [InlineData("tokenizer.json", """{"tokenizer_class": "PreTrainedTokenizerFast", "additional_special_tokens": ["<sep>"]}""")]
    public void Export_AnyTokenizer_TokenizesAsItsSource(string vocabularyFile, string config)
    {
        using var source = new TempFolder();
        source.Write(
            vocabularyFile,
            vocabularyFile == "tokenizer.json"
                ? System.Text.Encoding.UTF8.GetBytes(TokenizerFixture.Json(TokenizerFixture.Mini()).ToJsonString())
                : File.ReadAllBytes(TokenizerFixture.MiniPath));
        if (config.Length > 0)
        {
            source.Write("tokenizer_config.json", config);
        }

        source.Write("added_tokens.json", """{"<sep>": 2100}""");
        AssertSameAfterExport(source.Path, vocabulary: 2112);
    }

    [Fact]
    public void Export_WithoutExtraIds_HasNoneEither()
    {
        using ModelFolder folder = WithPieces(vocabulary: 2000);
        AssertSameAfterExport(folder.Path, vocabulary: 2000);
    }

    private static void AssertSameAfterExport(string source, int vocabulary)
    {
        using var target = new TempFolder();
        using var model = new T5(SmallT5.Config with { VocabSize = vocabulary });
        HuggingFaceFolder.Export(target["model"], model, source);
        HuggingFaceFolder.Export(target["again"], model, target["model"]);

        T5Tokenizer tokenizer = T5Tokenizer.Load(source, vocabulary);
        foreach (string exported in (string[])[target["model"], target["again"]])
        {
            T5Tokenizer copy = HuggingFaceFolder.LoadTokenizer(exported);
            Assert.Equal(tokenizer.Fingerprint, copy.Fingerprint);
            Assert.Equal(tokenizer.Encode(Text), copy.Encode(Text));
            Assert.Equal(tokenizer.VocabularySize, copy.VocabularySize);
        }
    }

    private static ModelFolder WithPieces(int vocabulary)
    {
        var folder = new ModelFolder();
        File.Copy(TokenizerFixture.MiniPath, folder["spiece.model"]);
        folder.EditConfig(config => config["vocab_size"] = vocabulary);
        return folder;
    }
}
