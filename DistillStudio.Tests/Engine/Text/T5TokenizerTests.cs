using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Text;

public sealed class T5TokenizerTests
{
    private static string Fixture(string name) => FixtureFolder.Find("tokenizer", name);

    [Theory]
    [InlineData("mini")]
    [InlineData("real")]
    public void Encode_AndDecode_AgreeWithEveryReferenceRow(string name)
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(Fixture($"{name}.spiece.model"));
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Fixture($"{name}.expected.json")));
        Assert.Equal(expected.RootElement.GetProperty("vocab_size").GetInt32(), tokenizer.VocabularySize);

        var differences = new List<string>();
        foreach (JsonElement row in expected.RootElement.GetProperty("rows").EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            int[] ids = [.. row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            string decoded = row.GetProperty("decoded").GetString()!;
            if (!tokenizer.Encode(text).AsSpan().SequenceEqual(ids))
            {
                differences.Add($"{text} → [{string.Join(' ', tokenizer.Encode(text))}], expected [{string.Join(' ', ids)}]");
            }

            if (tokenizer.Decode(ids) != decoded)
            {
                differences.Add($"{text}: \"{tokenizer.Decode(ids)}\", expected \"{decoded}\"");
            }
        }

        Assert.Empty(differences);
    }

    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(2, new[] { 6, 1 })]
    [InlineData(3, new[] { 6, 6, 1 })]
    [InlineData(4, new[] { 6, 6, 6, 1 })]
    [InlineData(5, new[] { 6, 6, 6, 1 })]
    public void Encode_MaxLength_CountsTheClosingToken(int maxLength, int[] ids) =>
        Assert.Equal(ids, Mini().Encode("a a a", maxLength));

    [Fact]
    public void Encode_MaxLengthZero_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Mini().Encode("a", 0));

    [Theory]
    [InlineData("<extra_id_99>", 2000)]
    [InlineData("<extra_id_0>", 2099)]
    [InlineData("<extra_id_7>", 2092)]
    [InlineData("<unk>", 2)]
    [InlineData("<pad>", 0)]
    public void Encode_SpecialToken_IsOneId(string text, int id) => Assert.Equal([id, 1], Mini().Encode(text));

    [Theory]
    [InlineData("<extra_id_100>")]
    [InlineData("<extra_id_07>")]
    [InlineData("<extra_id_>")]
    [InlineData("<extra_id_-1>")]
    [InlineData("<extra_id_1")]
    [InlineData("</S>")]
    [InlineData("<")]
    public void Encode_WhatOnlyLooksSpecial_IsText(string text) =>
        Assert.DoesNotContain(Mini().Encode(text)[..^1], id => id is 0 or 1 or >= 2000);

    [Fact]
    public void Decode_IdsOutsideTheVocabulary_AreLeftOut() =>
        Assert.Equal("a", Mini().Decode([-100, int.MinValue, 6, 2099, 2100, 32127, int.MaxValue, 0, 1, 2]));

    [Theory]
    [InlineData("{}", 100)]
    [InlineData("{\"extra_ids\": 0}", 0)]
    [InlineData("{\"extra_ids\": 7, \"model_max_length\": 512}", 7)]
    public void Load_TokenizerConfig_GivesTheExtraIds(string config, int extraIds)
    {
        using var folder = new TempFolder();
        folder.Write("spiece.model", File.ReadAllBytes(Fixture("mini.spiece.model")));
        folder.Write("tokenizer_config.json", config);
        Assert.Equal(2000 + extraIds, T5Tokenizer.Load(folder.Path).VocabularySize);
    }

    [Theory]
    [InlineData("{\"extra_ids\": -1}")]
    [InlineData("{\"extra_ids\": 1e9}")]
    [InlineData("{\"extra_ids\": \"7\"}")]
    [InlineData("{")]
    [InlineData("")]
    public void Load_BadTokenizerConfig_IsRefused(string config)
    {
        using var folder = new TempFolder();
        folder.Write("spiece.model", File.ReadAllBytes(Fixture("mini.spiece.model")));
        folder.Write("tokenizer_config.json", config);
        AssertRefused(folder.Path, "tokenizer_config.json");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(33_000)]
    [InlineData(150_000)]
    [InlineData(271_296)]
    public void Load_TruncatedFile_IsRefused(int bytes)
    {
        using var folder = new TempFolder();
        string path = folder.Write("spiece.model", File.ReadAllBytes(Fixture("mini.spiece.model"))[..bytes]);
        AssertRefused(path, "download the file again");
    }

    [Fact]
    public void Load_CutBetweenTwoPieces_IsRefused()
    {
        // The second field of the file is its second piece: a cut before it still parses.
        byte[] file = File.ReadAllBytes(Fixture("mini.spiece.model"));
        using var folder = new TempFolder();
        AssertRefused(folder.Write("spiece.model", file[..(2 + file[1])]), "download the file again");
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 791656\n", "is a Git LFS pointer")]
    [InlineData("<!DOCTYPE html><html></html>", "is a web page")]
    [InlineData("{\"model\": {}}", "download the file again")]
    [InlineData("\0\0\0\0", "download the file again")]
    public void Load_AnotherKindOfFile_IsRefusedAsWhatItIs(string text, string what)
    {
        using var folder = new TempFolder();
        AssertRefused(folder.Write("spiece.model", text), what);
    }

    [Fact]
    public void Load_ModelOfAnotherFamily_IsRefused()
    {
        // The same file with its <pad> renamed: pieces of a length that leaves every offset in place.
        byte[] file = File.ReadAllBytes(Fixture("mini.spiece.model"));
        "<bos>"u8.CopyTo(file.AsSpan(file.AsSpan().IndexOf("<pad>"u8)));
        using var folder = new TempFolder();
        AssertRefused(folder.Write("spiece.model", file), "not T5's");
    }

    [Fact]
    public void Load_EmptyFolder_NamesTheMissingFile()
    {
        using var folder = new TempFolder();
        AssertRefused(folder.Path, "does not exist");
        AssertRefused(folder["nowhere"], "does not exist");
        AssertRefused("a\0b", "cannot be read");
    }

    [Fact]
    public void Load_TooLarge_IsRefusedUnread()
    {
        using var folder = new TempFolder();
        using (FileStream file = File.Create(folder["spiece.model"]))
        {
            file.SetLength(1L << 40); // sparse
        }

        AssertRefused(folder.Path, "more than any T5 tokenizer");
    }

    [Fact]
    public void LoadAndEncode_MutatedFiles_WorkOrAreRefused()
    {
        byte[] file = File.ReadAllBytes(Fixture("mini.spiece.model"));
        var random = new SeededRandom(2);
        using var folder = new TempFolder();
        for (int i = 0; i < 300; i++)
        {
            byte[] mutated = [.. file];
            for (int changes = random.Next(30); changes >= 0; changes--)
            {
                mutated[i % 2 == 0 ? random.Next(mutated.Length) : mutated.Length - 1 - random.Next(237_700)] = (byte)random.Next(256);
            }

            string path = folder.Write("spiece.model", mutated);
            Exception? thrown = Record.Exception(() =>
            {
                T5Tokenizer tokenizer = T5Tokenizer.Load(path);
                tokenizer.Decode(tokenizer.Encode("hello é ½ ＦＵＬＬ <extra_id_3> 逐步 x\u0301 \u0007"));
            });
            Assert.True(thrown is null or InputException, thrown?.ToString());
        }
    }

    [Theory]
    [InlineData("\uD800", 1)]
    [InlineData("a\uDC00\uD83D b", 1)]
    [InlineData("\0", 1000)]
    [InlineData("<extra_id_", 100_000)]
    [InlineData("</s>", 100_000)]
    [InlineData("<", 1_000_000)]
    [InlineData("x", 1_000_000)]
    [InlineData("逐", 300_000)]
    [InlineData(" ", 1_000_000)]
    public void Encode_HostileText_EndsSoonWithoutThrowing(string text, int times)
    {
        T5Tokenizer tokenizer = Mini();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        tokenizer.Decode(tokenizer.Encode(string.Concat(Enumerable.Repeat(text, times)), maxLength: 1024));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"took {watch.Elapsed}");
    }

    [Fact]
    public void Encode_OnManyThreads_GivesWhatOneThreadGives()
    {
        T5Tokenizer tokenizer = Mini();
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => $"row {i}: emoji 😀 {i * 7} ½ </s> café {i % 13}")];
        int[][] alone = [.. texts.Select(t => tokenizer.Encode(t))];
        int[][] together = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => together[i] = tokenizer.Encode(texts[i]));
        Assert.Equal(alone, together);
    }

    private static T5Tokenizer Mini() => T5Tokenizer.Load(Fixture("mini.spiece.model"));

    private static void AssertRefused(string path, string what)
    {
        InputException refusal = Assert.Throws<InputException>(() => T5Tokenizer.Load(path));
        Assert.Contains(what, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }
}
