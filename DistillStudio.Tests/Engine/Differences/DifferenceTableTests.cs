using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Differences;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Differences;

public sealed class DifferenceTableTests : IDisposable
{
    private readonly DemoTraining _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void OfTest_RunsOfTwoSeeds_CountsFixedAndBrokenOverThePairs()
    {
        string a0 = Train(0, "1100"), a1 = Train(1, "1010"), b0 = Train(0, "1010"), b1 = Train(1, "1011");
        IReadOnlyList<RunPair> pairs = RunPair.BySeed([(1, a1), (0, a0)], [(0, b0), (1, b1)]);
        Assert.Equal([new(a0, b0), new(a1, b1)], pairs);

        DifferenceTable table = DifferenceTable.OfTest(pairs);

        Assert.Null(table.Refusal);
        Assert.Equal((4, 2), (table.Rows.Count, table.Pairs));
        Assert.Equal([(0, 0, 2, 0), (0, 1, 0, 1), (1, 0, 1, 0), (1, 0, 0, 1)], table.Rows.Select(row =>
            (row.Count(RowOutcome.Fixed), row.Count(RowOutcome.Broken), row.Count(RowOutcome.BothRight), row.Count(RowOutcome.BothWrong))));
        Assert.Equal(
            (1, 0.5, 1.5, 1),
            (
                table.Mean(RowOutcome.Fixed), table.Mean(RowOutcome.Broken), table.Mean(RowOutcome.BothRight),
                table.Mean(RowOutcome.BothWrong)));
    }

    [Fact]
    public void BySeed_NoSeedInCommon_PairsInOrder() =>
        Assert.Equal([new("a", "c")], RunPair.BySeed([(2, "b"), (1, "a")], [(7, "c")]));

    [Fact]
    public void OfTest_RealRuns_KeepsAnswersAndFindsTheirTexts()
    {
        RunSpec spec = DemoTraining.Short with { OutputRationale = true };
        string first = _bench.Train(spec with { Method = MethodNames.Standard, OutputRationale = false }).Folder.Path;
        string second = _bench.Train(spec).Folder.Path;

        DifferenceTable table = DifferenceTable.OfTest([new(first, second)]);
        RowTexts texts = RowTexts.Load(spec, new(_bench.Root));

        Assert.Equal(12, table.Rows.Count);
        Assert.All(table.Rows, row =>
        {
            RowText text = texts.Test[row.Key];
            Assert.Equal(text.Words, text.Input.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length);
            Assert.NotNull(text.TeacherRationale);
            Assert.Null(row.Answers[0].First.Rationale);
            Assert.NotNull(row.Answers[0].Second.Rationale);
            Assert.NotNull(row.Answers[0].Second.Label);
        });

        AnswerQuality quality = AnswerQuality.Of(second, texts);
        Assert.Equal(12, quality.Rationales!.Rows);
        Assert.Equal(12, quality.Rationales.Compared);
        Assert.Equal(12, quality.Calibration!.Bins.Sum(bin => bin.Count));
        Assert.Null(AnswerQuality.Of(first, texts).Rationales);
        Assert.Null(AnswerQuality.Of(second, null).Rationales);

        DifferenceTable valid = DifferenceTable.OfValidation([new(first, second)]);
        Assert.Equal(12, valid.Rows.Count);
        Assert.All(valid.Rows, row => Assert.NotNull(row.Answers[0].Second.Learning));
        Assert.All(valid.Rows, row => Assert.Contains(row.Key, texts.Valid));
    }

    [Fact]
    public void Of_WhatCannotBeCompared_SaysWhyInASentence()
    {
        string one = Train(0, "11");
        string other = Train(1, "11", first: 5);
        Assert.Contains("different rows", DifferenceTable.OfTest([new(one, other)]).Refusal, StringComparison.Ordinal);
        Assert.Contains("no row", DifferenceTable.OfTest([]).Refusal, StringComparison.Ordinal);
        Assert.Contains(
            "kept no answers to validation rows", DifferenceTable.OfValidation([new(one, one)]).Refusal, StringComparison.Ordinal);
        Assert.NotNull(DifferenceTable.OfTest([new(one, Path.Combine(_bench.Root, "nowhere"))]).Refusal);
        Assert.Throws<InputException>(() => RowTexts.Load(DemoTraining.Short with { Dataset = "svamp" }, new(_bench.Root)));
    }

    [Fact]
    public void Filter_ByOutcomeLabelAndLength_ReturnsWhatPasses()
    {
        RowDifference Row(string key, params RowOutcome[] outcomes) => new(
            key,
            [
                .. outcomes.Select(o =>
                    new RowAnswers(new(o is RowOutcome.Broken or RowOutcome.BothRight), new(o is RowOutcome.Fixed or RowOutcome.BothRight)))
            ]);
        RowDifference[] rows = [
            Row("a", RowOutcome.Fixed, RowOutcome.Broken), Row("b", RowOutcome.Fixed, RowOutcome.Fixed),
            Row("c", RowOutcome.BothRight, RowOutcome.BothWrong), Row("unknown", RowOutcome.BothWrong, RowOutcome.Fixed),
        ];
        var texts = new Dictionary<string, RowText>
        {
            ["a"] = new(0, "one", "Neutral", null, null, 1),
            ["b"] = new(1, "one two", "entailment", null, null, 2),
            ["c"] = new(2, "one two three", "neutral", null, null, 3),
        };
        string Keys(RowFilter filter) => string.Join(' ', filter.Of(rows, texts).Select(row => row.Key));

        Assert.Equal("a b c unknown", Keys(new()));
        Assert.Equal("b a unknown", Keys(new(RowOutcome.Fixed)));
        Assert.Equal("a", Keys(new(RowOutcome.Broken)));
        Assert.Equal("a c", Keys(new(Label: "neutral")));
        Assert.Equal("a", Keys(new(Length: InputLength.Short)));
        Assert.Equal("b", Keys(new(Length: InputLength.Middle)));
        Assert.Equal("c", Keys(new(Length: InputLength.Long)));
        Assert.Equal("", Keys(new(RowOutcome.Broken, "entail")));
        Assert.Equal((0, 0), RowFilter.Bounds(rows, new Dictionary<string, RowText>()));
    }

    /// <summary>Writes the test answers of a run, right where the text has a 1.</summary>
    private string Train(int seed, string right, int first = 0)
    {
        Directory.CreateDirectory(Path.Combine(_bench.Root, "runs"));
        string run = RunFolder.Create(
            Path.Combine(_bench.Root, "runs"), DemoTraining.Short with { Seed = seed }, DateTimeOffset.UnixEpoch).Path;
        File.WriteAllLines(Path.Combine(run, "test-answers.jsonl"), right.Select((c, i) =>
            $$"""{"row":{{i}},"label":"x","rationale":null,"isCorrect":{{(c == '1' ? "true" : "false")}},"isLabelTruncated":false,"isRationaleTruncated":false,"key":"k{{i + first}}"}"""));
        return run;
    }
}
