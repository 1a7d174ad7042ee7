using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Data;

namespace DistillStudio.Tests.Engine.Data;

public sealed class DatasetReaderTests : IDisposable
{
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Load_Cqa_FormatsTheInputAsTheMethodDoes()
    {
        _data.Write(
            "cqa/cqa_test.json",
            """{"id":"1","question":"Where?","choices":["here","there","up","down","zoo"],"answer":"up","extractive_explanation":"e"}"""
                + "\n");
        Row row = Assert.Single(DatasetReader.Load("cqa", _data.Path).Splits["test"].Rows);
        Assert.Equal(new("Where?\nAnswer Choices:\n(a) here\n(b) there\n(c) up\n(d) down\n(e) zoo", "up"), row);
    }

    [Theory]
    [InlineData("esnli", 0, "entailment")]
    [InlineData("esnli", 1, "neutral")]
    [InlineData("anli1", 2, "contradiction")]
    [InlineData("anli1", "2.0", "contradiction")]
    [InlineData("esnli", "1e0", "neutral")]
    [InlineData("esnli", "\"1\"", "neutral")]
    [InlineData("esnli", "\" 1.0 \"", "neutral")]
    [InlineData("esnli", "\"entailment\"", "entailment")]
    [InlineData("esnli", "\"Contradiction\"", "contradiction")]
    [InlineData("anli1", "\"n\"", "neutral")]
    public void Load_Inference_JoinsWithTheEndTokenAndNamesTheLabel(string name, object number, string label)
    {
        _data.Write($"{name}/{name}_valid.json", $$"""{"premise":"One.","hypothesis":"Two.","label":{{number}},"reason":""}""");
        Assert.Equal(new("One.</s>Two.", label), Assert.Single(DatasetReader.Load(name, _data.Path).Splits["valid"].Rows));
    }

    [Fact]
    public void Load_Asdiv_FollowsSvampsTrainingRowsAndTakesItsTestSplit()
    {
        _data.Write("svamp/svamp_train.json", """{"input":"s","label":"( 1.0 + 2.0 )"}""");
        _data.Write("svamp/svamp_test.json", """{"input":"t","label":"( 3.0 + 4.0 )"}""");
        _data.Write("svamp/llm/train_CoT_0.json", """["Sum. The answer is (1 + 2)."]""");
        _data.Write("svamp/llm/test_CoT_0.json", """["Sum. The answer is (3 + 4)."]""");
        _data.Write("asdiv/asdiv_train.json", """{"Body":"Nine apples.","Question":"How many?","Formula":"9","Answer":"9 (apples)"}""");
        _data.Write("asdiv/asdiv_test.json", """{"Body":"b","Question":"q","Answer":"1"}""");
        _data.Write("asdiv/llm/train_CoT_0.json", """["Nine. The answer is (9)."]""");

        Dataset dataset = DatasetReader.Load("asdiv", _data.Path);
        Assert.Equal([new("s", "( 1.0 + 2.0 )"), new("Nine apples.\nHow many?", "9")], dataset.Splits["train"].Rows);
        Assert.Equal([new("Sum.", "(1 + 2)"), new("Nine.", "(9)")], dataset.Splits["train"].Teachers["palm"]);
        Assert.Equal([new("t", "( 3.0 + 4.0 )")], dataset.Splits["test"].Rows);
        Assert.DoesNotContain("valid", dataset.Splits.Keys);
        Assert.Equal(2, TrainingData.Select(dataset, new(Teacher: "palm")) is var data ? data.Train.Count + data.Valid.Count : 0);
    }

    [Fact]
    public void Load_Chunks_AreJoinedInNumericOrder()
    {
        WriteSvamp(12);
        for (int chunk = 0; chunk < 12; chunk++)
        {
            _data.Write($"svamp/llm/train_CoT_{chunk}.json", $"[\"{chunk}. The answer is ({chunk}).\"]");
        }

        Assert.Equal(
            Enumerable.Range(0, 12).Select(i => $"({i})"),
            DatasetReader.Load("svamp", _data.Path).Splits["train"].Teachers["palm"].Select(a => a.Label));
    }

    [Fact]
    public void Load_SeveralTeachers_AreNamedByTheirFolders()
    {
        WriteSvamp(1);
        foreach (string file in
            (string[])["svamp/llm/train_CoT_0.json", "svamp/llm-gpt-4o.mini/train_CoT_0.json", "svamp/llm-palm/train_CoT_0.json", "svamp/llm-/train_CoT_0.json", "gpt-neox/svamp/train.json"])
        {
            _data.Write(file, """["Sum. The answer is (1 + 2)."]""");
        }

        Assert.Equal(
            ["gpt", "gpt-4o.mini", "palm"],
            DatasetReader.Load("svamp", _data.Path).Splits["train"].Teachers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["gpt"], DatasetReader.Load("svamp", _data.Path, ["gpt"]).Splits["train"].Teachers.Keys);
    }

    [Fact]
    public void Load_ByteOrderMarkWindowsLineEndsAndNoLastLineEnd_AreRead()
    {
        _data.Write("svamp/svamp_train.json", "\uFEFF{\"input\":\"a\",\"label\":\"1\"}\r\n\r\n{\"input\":\"b\",\"label\":\"2\"}");
        _data.Write("svamp/llm/train_CoT_0.json", "\uFEFF[\"a\",\r\n\"b\"]\r\n");
        Split split = DatasetReader.Load("svamp", _data.Path).Splits["train"];
        Assert.Equal([new("a", "1"), new("b", "2")], split.Rows);
        Assert.Equal(2, split.Teachers["palm"].Count);
    }

    [Fact]
    public void Load_LinesAndStringsAcrossBlocks_AreReadWhole()
    {
        // Reads come in blocks of a quarter of a megabyte: lengths around it, and far beyond.
        string[] texts =
            [.. ((int[])[1, 262_100, 262_144, 262_150, 700_000, 3_000_000, 5]).Select((n, i) => new string((char)('a' + i), n) + "é🙂")];
        _data.Write(
            "svamp/svamp_train.json", string.Concat(texts.Select(t => JsonSerializer.Serialize(new { input = t, label = "1" }) + "\n")));
        _data.Write("svamp/llm/train_CoT_0.json", JsonSerializer.Serialize(texts.Select(t => $"{t} The answer is (1).")));
        Split split = DatasetReader.Load("svamp", _data.Path).Splits["train"];
        Assert.Equal(texts, split.Rows.Select(r => r.Input));
        Assert.Equal(texts, split.Teachers["palm"].Select(a => a.Rationale));
    }

    [Fact]
    public void Load_MutatedFiles_AreReadOrRefused()
    {
        var random = new DistillStudio.Engine.Runtime.SeededRandom(4);
        byte[] rows = Encoding.UTF8.GetBytes(
            """{"premise":"p é","hypothesis":"h\n","label":0}""" + "\n" + """{"premise":"p","hypothesis":"h","label":2}""" + "\n");
        byte[] answers = Encoding.UTF8.GetBytes("""["Why é. Answer: neutral\n\nPremise","\u00e9 Answer: entailment"]""");
        for (int i = 0; i < 1500; i++)
        {
            _data.Write("esnli/esnli_train.json", Mutate(rows, random));
            _data.Write("esnli/llm/train_CoT_0.json", Mutate(answers, random));
            Exception? thrown = Record.Exception(() => DatasetReader.Load("esnli", _data.Path));
            Assert.True(thrown is null or DistillStudio.Engine.Runtime.InputException, thrown?.ToString());
        }
    }

    [Theory]
    [Trait("Needs", "shared")]
    [InlineData("cqa", "train", 9741)]
    [InlineData("cqa", "test", 1221)]
    [InlineData("svamp", "train", 800)]
    [InlineData("svamp", "test", 200)]
    [InlineData("esnli", "valid", 30)]
    [InlineData("anli1", "valid", 30)]
    public void Load_RealFiles_HasARowAndAnAnswerForEachLine(string name, string split, int rows)
    {
        Dataset dataset = DatasetReader.Load(name, SharedFolder.Find("data"));
        Assert.Equal(rows, dataset.Splits[split].Rows.Count);
        Assert.Equal(rows, dataset.Splits[split].Teachers["palm"].Count);
    }

    private void WriteSvamp(int rows) =>
        _data.Write("svamp/svamp_train.json", string.Concat(Enumerable.Repeat("""{"input":"i","label":"1"}""" + "\n", rows)));

    private static byte[] Mutate(byte[] original, DistillStudio.Engine.Runtime.SeededRandom random)
    {
        byte[] mutated = [.. original];
        for (int i = random.Next(4); i > 0; i--)
        {
            mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
        }

        return random.Next(4) == 0 ? mutated[..random.Next(mutated.Length)] : mutated;
    }
}
