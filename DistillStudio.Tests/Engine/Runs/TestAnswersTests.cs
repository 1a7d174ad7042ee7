using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Runs;

public sealed class TestAnswersTests : IDisposable
{
    private static readonly TrainingRow[] Rows =
        [.. Enumerable.Range(0, 10).Select(i => new TrainingRow(i, $"input {i}", "x", "x", null, null))];

    private readonly TempFolder _first = new();
    private readonly TempFolder _second = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    /// <summary>The names are read by users' scripts and by later versions.</summary>
    [Fact]
    public void Write_AnAnswer_GivesItsLine()
    {
        TestAnswers.Write(
            _first.Path, [Rows[3]], [new Answer(0, "x", "since", true, false, true, -0.25)], KeepModel.Best,
            [new Answer(0, "y", null, false, true, false)]);

        string key = RowDigests.KeysOf([Rows[3]])[0];
        Assert.Equal(
            $$"""{"row":3,"label":"x","rationale":"since","isCorrect":true,"isLabelTruncated":false,"isRationaleTruncated":true,"labelLogProbability":-0.25,"key":"{{key}}"}"""
                + "\n",
            File.ReadAllText(_first["test-answers.jsonl"]));
        Assert.Equal(
            $$"""{"row":3,"label":"y","rationale":null,"isCorrect":false,"isLabelTruncated":true,"isRationaleTruncated":false,"labelLogProbability":null,"key":"{{key}}"}"""
                + "\n",
            File.ReadAllText(_first["test-answers-last.jsonl"]));
    }

    [Fact]
    public void Pair_TestFileReversed_PairsByContent()
    {
        bool[] right = [true, true, false, true, false, false, true, true, true, false];
        Write(_first, Rows, right);
        Write(_second, [.. Rows.Reverse().Select((row, i) => row with { Index = i })], [.. right.Reverse()]);

        TestPairing pairing = TestAnswers.Pair(_first.Path, _second.Path);

        Assert.Equal((10, 10, 10, null), (pairing.FirstRows, pairing.SecondRows, pairing.Shared.Count, pairing.Refusal));
        Assert.Equal(new PairedComparison(BothRight: 6, OnlyFirst: 0, OnlySecond: 0, NeitherRight: 4), pairing.Comparison);
        Assert.All(pairing.Shared, pair => Assert.Equal(9, pair.First.Row + pair.Second.Row));
    }

    [Fact]
    public void Pair_OneTestedOnItsFirstRows_SharesThoseAndGivesBothCounts()
    {
        Write(_first, Rows, [true, false, false, true, true, true, true, true, true, true]);
        Write(_second, Rows[..4], [true, true, true, true]);

        TestPairing pairing = TestAnswers.Pair(_first.Path, _second.Path);

        Assert.Equal((10, 4), (pairing.FirstRows, pairing.SecondRows));
        Assert.Equal(new PairedComparison(BothRight: 2, OnlyFirst: 0, OnlySecond: 2, NeitherRight: 0), pairing.Comparison);
    }

    [Fact]
    public void Pair_EqualRowsSeveralTimes_PairsAsManyAsBothHave()
    {
        Write(
            _first, [Rows[0], Rows[1] with { Input = "input 0" }, Rows[2] with { Input = "input 0" }, Rows[3]], [true, true, true, false]);
        Write(_second, [Rows[3], Rows[4], Rows[0] with { Index = 9 }, Rows[5] with { Input = "input 0" }], [false, true, true, true]);

        Assert.Equal(
            new PairedComparison(BothRight: 2, OnlyFirst: 0, OnlySecond: 0, NeitherRight: 1),
            TestAnswers.Pair(_first.Path, _second.Path).Comparison);
    }

    [Fact]
    public void Pair_NoRowInCommon_IsRefused()
    {
        Write(_first, Rows[..4], [true, true, true, true]);
        Write(_second, Rows[4..], [true, true, true, true, true, true]);

        TestPairing pairing = TestAnswers.Pair(_first.Path, _second.Path);

        Assert.Null(pairing.Comparison);
        Assert.Equal(
            (4, 6, "The two were tested on different rows: none of the 4 of one is among the 6 of the other."),
            (pairing.FirstRows, pairing.SecondRows, pairing.Refusal));
    }

    [Theory]
    [InlineData(null, "holds no test-answers.jsonl")]
    [InlineData("{\"row\":", "line 1")]
    [InlineData("null", "a line holds null")]
    [InlineData("{\"row\":1}", "cannot be read")]
    [InlineData("TWICE", "two answers to one row")]
    public void Pair_FileMissingOrDamaged_IsRefusedInASentence(string? content, string why)
    {
        Write(_first, Rows, new bool[10]);
        if (content is not null)
        {
            _second.Write("test-answers.jsonl", content == "TWICE" ? Old(0) + Old(0) : content);
        }

        TestPairing pairing = TestAnswers.Pair(_first.Path, _second.Path);

        Assert.Null(pairing.Comparison);
        Assert.Contains(_second.Path, pairing.Refusal, StringComparison.Ordinal);
        Assert.Contains(why, pairing.Refusal, StringComparison.Ordinal);
        Assert.EndsWith(".", pairing.Refusal, StringComparison.Ordinal);
    }

    /// <summary>A file may have been put in another order since; the demo is the same in every version.</summary>
    [Theory]
    [InlineData("demo", "demo", true)]
    [InlineData("esnli", "esnli", false)]
    [InlineData("demo", "esnli", false)]
    [InlineData("demo", null, false)]
    public void Pair_RunsOfAnOlderProgram_PairsByPositionOnlyIfTheRowsCannotDiffer(string first, string? second, bool isPaired)
    {
        foreach ((TempFolder run, string? dataset) in (ReadOnlySpan<(TempFolder, string?)>)[(_first, first), (_second, second)])
        {
            run.Write("test-answers.jsonl", Old(0) + Old(1));
            RecordStart(run, dataset, null);
        }

        TestPairing pairing = TestAnswers.Pair(_first.Path, _second.Path);

        Assert.Equal(isPaired ? 2 : 0, pairing.Shared.Count);
        Assert.Equal(isPaired, pairing.Refusal is null);
        Assert.Equal(isPaired, !(pairing.Refusal ?? "").Contains("earlier version", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("same", true)]
    [InlineData("reversed", false)]
    public void Pair_AnswersWithoutKeys_RequiresEqualOrderedFingerprints(string order, bool isPaired)
    {
        _first.Write("test-answers.jsonl", Old(0) + Old(1));
        RecordStart(_first, "esnli", new(2, "same", "c"));
        Write(_second, Rows[..2], [true, true]);
        RecordStart(_second, "esnli", new(2, order, "c"));

        Assert.Equal(isPaired ? 2 : 0, TestAnswers.Pair(_first.Path, _second.Path).Shared.Count);
    }

    [Fact]
    public void Read_BestOrLast_GivesThoseOrTheExportedOnesThatAreBoth()
    {
        TestAnswers.Write(
            _first.Path, Rows[..1], [new Answer(0, "best", null, true, false, false)], KeepModel.Best,
            [new Answer(0, "last", null, true, false, false)]);
        Assert.Equal(["best", "best", "last"], Labels(null, KeepModel.Best, KeepModel.Last));

        // Resumed after it had been tested, to keep the last weights: the earlier files are gone.
        TestAnswers.Write(
            _first.Path, Rows[..1], [new Answer(0, "the last", null, true, false, false)], KeepModel.Last,
            [new Answer(0, "the best", null, true, false, false)]);
        Assert.Equal(["the last", "the best", "the last"], Labels(null, KeepModel.Best, KeepModel.Last));

        TestAnswers.Write(_first.Path, Rows[..1], [new Answer(0, "both", null, true, false, false)], KeepModel.Best, null);
        Assert.Equal(["both", "both", "both"], Labels(null, KeepModel.Best, KeepModel.Last));

        _second.Write("test-answers.jsonl", Old(0));
        Assert.Null(TestAnswers.Read(_second.Path)[0].Key);
        Assert.Contains(
            "only the answers of its exported", Assert.Throws<InputException>(() => TestAnswers.Read(_second.Path, KeepModel.Last)).Message,
            StringComparison.Ordinal);

        string[] Labels(params KeepModel?[] weights) => [.. weights.Select(which => TestAnswers.Read(_first.Path, which)[0].Label)];
    }

    /// <summary>A line as written by earlier programs.</summary>
    private static string Old(int row) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"row":{{row}},"label":"x","rationale":null,"isCorrect":true,"isLabelTruncated":false,"isRationaleTruncated":false}""")
            + "\n";

    private static void RecordStart(TempFolder run, string? dataset, RowsFingerprint? test)
    {
        if (dataset is not null)
        {
            RunSpec spec = RunScript.Spec() with { Dataset = dataset };
            run.Write("spec.json", JsonSerializer.Serialize(spec, EngineJson.Spec));
            run.Write(
                "events.jsonl",
                EventLine.Write(RunScript.Started(spec) with { Number = 1, Fingerprints = test is null ? null : new(Test: test) }));
        }
    }

    private static void Write(TempFolder run, IReadOnlyList<TrainingRow> rows, bool[] right) =>
        TestAnswers.Write(
            run.Path, rows, [.. right.Select((isRight, i) => new Answer(i, "x", null, isRight, false, false))], KeepModel.Best, null);
}
