using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Text;

/// <summary>The files next to <c>spiece.model</c>: their settings are applied as in transformers' T5Tokenizer, or refused.</summary>
public sealed class TokenizerSettingsTests : IDisposable
{
    private const string Config = "tokenizer_config.json";
    private const string Map = "special_tokens_map.json";
    private const string Added = "added_tokens.json";

    private readonly TempFolder _folder = new();

    public TokenizerSettingsTests() => _folder.Write("spiece.model", File.ReadAllBytes(TokenizerFixture.MiniPath));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("A man walks.</s>He moves.", "89 175 461 5 3 1 1994 16 406 5 3 1")]
    [InlineData("a </s> b", "6 1 95 1")]
    [InlineData("a</s>b", "6 1 41 1")]
    [InlineData("<extra_id_0> a", "2099 30 1")]
    [InlineData("a <extra_id_0>in", "6 2099 79 1")]
    [InlineData("</s>a", "1 30 1")]
    [InlineData(" a", "6 1")]
    [InlineData("", "1")]
    [InlineData("  ", "1")]
    [InlineData("the \u2581 a", "4 6 1")]
    public void Encode_NotLegacy_AddsNoSpaceAfterAToken(string text, string ids)
    {
        _folder.Write(Config, """{"extra_ids": 100, "legacy": false}""");
        Assert.Equal(ids, string.Join(' ', Load().Encode(text)));
    }

    [Theory]
    [InlineData("""{"legacy": true}""")]
    [InlineData("""{"legacy": null}""")]
    [InlineData("{}")]
    [InlineData("\uFEFF{\"model_max_length\": Infinity, \"padding_side\": \"left\", \"do_lower_case\": false, \"sp_model_kwargs\": {}}")]
    [InlineData(
        """{"tokenizer_class": "T5TokenizerFast", "sp_model_kwargs": {"enable_sampling": false, "nbest_size": -1, "alpha": 0.1}}""")]
    [InlineData("""{"bos_token": null, "eos_token": {"content": "</s>", "__type": "AddedToken"}, "extra_special_tokens": {}}""")]
    public void Encode_Legacy_StartsAWordAfterEachToken(string config)
    {
        _folder.Write(Config, config);
        Assert.Equal("89 175 461 5 3 1 83 406 5 3 1", string.Join(' ', Load().Encode("A man walks.</s>He moves.")));
    }

    [Fact]
    public void Encode_AddedTokensFile_GivesTheIds()
    {
        _folder.Write(Added, """{"<sep>": 2100, "<ctx>": 2102}""");
        T5Tokenizer tokenizer = Load();
        Assert.Equal(2103, tokenizer.VocabularySize);
        Assert.Equal("6 2100 95 2102 1", string.Join(' ', tokenizer.Encode("a<sep>b<ctx>")));
        Assert.Equal("a <sep> b <ctx>", tokenizer.Decode([6, 2100, 95, 2102, 1]));
    }

    [Fact]
    public void Decode_AddedTokenNamedAsSpecial_IsLeftOut()
    {
        _folder.Write(Added, """{"<sep>": 2100}""");
        _folder.Write(Map, """{"additional_special_tokens": ["<sep>"], "eos_token": "</s>"}""");
        Assert.Equal("6 2100 95 1", string.Join(' ', Load().Encode("a<sep>b")));
        Assert.Equal("a b", Load().Decode([6, 2100, 95, 1]));
    }

    [Fact]
    public void Encode_AddedTokensDecoder_GivesIdsAndFlags()
    {
        _folder.Write(Config, """
            {"legacy": false, "added_tokens_decoder": {
              "0": {"content": "<pad>", "special": true}, "1": {"content": "</s>", "special": true}, "2": {"content": "<unk>", "special": true},
              "2099": {"content": "<extra_id_0>", "lstrip": false, "rstrip": false, "special": true},
              "2100": {"content": "<sep>", "lstrip": true, "rstrip": true, "special": false},
              "2101": {"content": "<word>", "single_word": true, "special": false}}, "extra_ids": 1}
            """);
        T5Tokenizer tokenizer = Load();
        Assert.Equal("2099 6 1", string.Join(' ', tokenizer.Encode("<extra_id_0> a"))); // its flags strip no space
        Assert.Equal("6 2100 41 1", string.Join(' ', tokenizer.Encode("a <sep> b")));
        Assert.Contains(2101, tokenizer.Encode("a <word> b"));
        Assert.DoesNotContain(2101, tokenizer.Encode("a<word> b"));
    }

    [Fact]
    public void Encode_SpecialTokensWithoutAnId_FollowTheVocabularyInOrder()
    {
        _folder.Write(Map, """{"bos_token": "<s>", "additional_special_tokens": ["<sep>", {"content": "\u2581the", "lstrip": false}]}""");
        T5Tokenizer tokenizer = Load();
        Assert.Equal(2102, tokenizer.VocabularySize);
        Assert.Equal("2100 2101 1", string.Join(' ', tokenizer.Encode("<s><sep>")));
        Assert.Equal("4 1", string.Join(' ', tokenizer.Encode("\u2581the"))); // a piece keeps its id
    }

    [Theory]
    [InlineData("""{"extra_ids": 0}""", 2000)]
    [InlineData("""{"extra_ids": 7.0}""", 2007)]
    [InlineData("""{"additional_special_tokens": ["<extra_id_0>", "<extra_id_1>", "<extra_id_2>"]}""", 2003)]
    [InlineData("""{"additional_special_tokens": ["<sep>"], "extra_ids": 100}""", 2101)]
    public void Load_ExtraIds_AreCountedAsInTheFiles(string config, int ids)
    {
        _folder.Write(Config, config);
        Assert.Equal(ids, Load().VocabularySize);
    }

    [Theory]
    [InlineData("""{"clean_up_tokenization_spaces": false}""", "a .")]
    [InlineData("""{"clean_up_tokenization_spaces": true}""", "a.")]
    public void Decode_CleanUp_FollowsTheConfig(string config, string text)
    {
        _folder.Write(Config, config);
        Assert.Equal(text, Load().Decode(Load().Encode("a .")));
    }

    [Theory]
    [InlineData(Config, """{"tokenizer_class": "ByT5Tokenizer"}""", "ByT5's, which reads bytes")]
    [InlineData(Config, """{"tokenizer_class": "BertTokenizerFast"}""", "WordPiece")]
    [InlineData(Config, """{"tokenizer_class": "RobertaTokenizer"}""", "byte-level BPE")]
    [InlineData(Config, """{"tokenizer_class": "PegasusTokenizer"}""", "another tokenizer than T5's")]
    [InlineData(Config, """{"do_lower_case": true}""", "do_lower_case")]
    [InlineData(Config, """{"split_special_tokens": true}""", "split_special_tokens")]
    [InlineData(Config, """{"truncation_side": "left"}""", "truncation_side is left")]
    [InlineData(Config, """{"truncation_side": "top"}""", "truncation_side")]
    [InlineData(Config, """{"sp_model_kwargs": {"enable_sampling": true}}""", "sp_model_kwargs")]
    [InlineData(Config, """{"sp_model_kwargs": {"reverse": true}}""", "sp_model_kwargs")]
    [InlineData(Config, """{"add_prefix_space": false}""", "add_prefix_space is false")]
    [InlineData(Config, """{"legacy": "no"}""", "legacy is")]
    [InlineData(Config, """{"extra_ids": 5, "additional_special_tokens": ["<extra_id_0>"]}""", "extra_ids is 5 while 1")]
    [InlineData(Config, """{"extra_ids": -1}""", "extra_ids")]
    [InlineData(Config, """{"pad_token": "[PAD]"}""", "pad_token is [PAD] while T5's is <pad>")]
    [InlineData(Config, """{"added_tokens_decoder": {"x": {"content": "<a>"}}}""", "where an id belongs")]
    [InlineData(Config, """{"added_tokens_decoder": {"2100": {}}}""", "token without content")]
    [InlineData(Config, """{"added_tokens_decoder": {"7": {"content": "<a>"}}}""", "which is the piece")]
    [InlineData(
        Config, """{"added_tokens_decoder": {"2100": {"content": "<a>"}, "2101": {"content": "<a>"}}}""", "has the ids 2100 and 2101")]
    [InlineData(Config, """{"added_tokens_decoder": {"2147483647": {"content": "<a>"}}}""", "which no T5 has")]
    [InlineData(Config, """{"added_tokens_decoder": {"2099": {"content": "<a>"}}}""", "would both have id 2099")]
    [InlineData(Config, "[]", "not a JSON object")]
    [InlineData(Config, "<!doctype html>", "a web page")]
    [InlineData(Map, """{"eos_token": "<eos>"}""", "eos_token is <eos> while T5's is </s>")]
    [InlineData(Map, """{"additional_special_tokens": [7]}""", "not a token")]
    [InlineData(Added, """{"<a>": "x"}""", "has no id")]
    [InlineData(Added, """{"": 2100}""", "token without content")]
    [InlineData(Added, """{"\ud800": 2100}""", "not valid Unicode")]
    [InlineData(Map, """{"additional_special_tokens": ["\udc00"]}""", "not valid Unicode")]
    [InlineData(Config, """{"added_tokens_decoder": {"\ud800": {"content": "<a>"}}}""", "not valid Unicode")]
    [InlineData(Config, """{"tokenizer_class": "\ud800"}""", "not valid Unicode")]
    [InlineData(Added, """{"<a>": 2100, "<b>": 2100}""", "both have id 2100")]
    [InlineData(Added, """{"<a>": -1}""", "has no id")]
    public void Load_WhatCannotBeHonoured_IsRefusedInASentence(string file, string text, string what)
    {
        string path = _folder.Write(file, text);
        InputException refusal = Assert.Throws<InputException>(() => Load());
        Assert.Contains(what, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Single(refusal.Problems);
    }

    [Theory]
    [InlineData("vocab.json merges.txt", "BPE")]
    [InlineData("vocab.txt", "WordPiece")]
    [InlineData("sentencepiece.bpe.model", "must be called spiece.model")]
    [InlineData("readme.md", "does not exist, nor tokenizer.json")]
    public void Load_NoVocabulary_NamesWhatIsThereInstead(string files, string what)
    {
        using var folder = new TempFolder();
        foreach (string file in files.Split(' '))
        {
            folder.Write(file, "{}");
        }

        Assert.Contains(what, Assert.Throws<InputException>(() => T5Tokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_AnySettingThatChangesIds_ChangesIt()
    {
        var seen = new HashSet<string> { Load().Fingerprint };
        foreach (string config in
            (string[])["""{"legacy": false}""", """{"extra_ids": 99}""", """{"legacy": false, "add_prefix_space": false}""", """{"added_tokens_decoder": {"2100": {"content": "<a>"}}}""", """{"added_tokens_decoder": {"2100": {"content": "<a>", "lstrip": true}}}"""])
        {
            _folder.Write(Config, config);
            Assert.True(seen.Add(Load().Fingerprint), config);
        }
    }

    private T5Tokenizer Load() => T5Tokenizer.Load(_folder.Path);
}
