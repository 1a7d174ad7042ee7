using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Evaluation;

public sealed class DatasetStatisticsTests
{
    [Fact]
    public void Of_GeneratedDataset_CountsRowsAgreementBlanksAndCodePoints()
    {
        var split = new Split(
            "train",
            [new("i", "( 1.0 + 2.0 )"), new("i", "( 2.0 + 2.0 )"), new("i", "( 3.0 + 2.0 )"), new("i", "( 4.0 + 2.0 )")],
            new Dictionary<string, IReadOnlyList<TeacherAnswer>>
            {
                ["palm"] = [new("é🙂", "(1 + 2)"), new(" ", " "), new("abc", "(2 + 3)"), new("", "(9)")],
            });
        SplitStatistics found =
            DatasetStatistics.Of(
                new Dataset("svamp", TaskKind.Equation, new Dictionary<string, Split> { ["train"] = split })).Splits["train"];
        Assert.Equal(4, found.Rows);
        Assert.Equal(new TeacherStatistics(4, 0, 0, 0.5, ConfidenceInterval.OfProportion(2, 4), 1, 2, 2, 0, 6, 18, null), found.Teachers["palm"]);
    }

    [Fact]
    public void Of_TeacherThatWasAskedAboutSomeRows_JudgesItByThose()
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(FixtureFolder.Find("tokenizer", "mini.spiece.model"));
        var split = new Split(
            "train",
            [new("i", "a"), new("i", "a"), new("i", "a"), new("i", "a"), new("i", "a")],
            new Dictionary<string, IReadOnlyList<TeacherAnswer>> { ["own"] = [new("a a", "a"), new("", ""), new("", ""), new("a a", "b"), new("", "")] })
        {
            Unasked = new Dictionary<string, IReadOnlySet<int>> { ["own"] = new HashSet<int> { 1, 2 } },
            Unanswered = new Dictionary<string, IReadOnlySet<int>> { ["own"] = new HashSet<int> { 4 } },
        };

        TeacherStatistics found = SplitStatistics.Of(TaskKind.Text, split, tokenizer).Teachers["own"];

        Assert.Equal(new(2, 2, 1, 0.5, ConfidenceInterval.OfProportion(1, 2), 0, 0, 2, 0, 6, 2, new(3, 3, 3, 3)), found);
    }

    [Fact]
    public void Of_WithTokenizer_GivesLengthsWithTheClosingToken()
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(FixtureFolder.Find("tokenizer", "mini.spiece.model"));
        Row[] rows = [.. Enumerable.Range(1, 20).Select(n => new Row(string.Concat(Enumerable.Repeat("a ", n)), "a"))];
        var split = new Split("test", rows, new Dictionary<string, IReadOnlyList<TeacherAnswer>>());
        SplitStatistics found =
            DatasetStatistics.Of(
                new Dataset("svamp", TaskKind.Equation, new Dictionary<string, Split> { ["test"] = split }), tokenizer).Splits["test"];
        Assert.Equal(new TokenLengths(2, 11, 20, 21), found.Inputs);
        Assert.Equal(new TokenLengths(2, 2, 2, 2), found.Labels);
    }

    [Theory]
    [Trait("Needs", "shared")]
    [InlineData("cqa")]
    [InlineData("svamp")]
    public void Of_RealDataset_GivesTheOriginalsFigures(string name)
    {
        Dataset dataset = DatasetReader.Load(name, SharedFolder.Find("data"));
        DatasetStatistics statistics = DatasetStatistics.Of(dataset);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(FixtureFolder.Find("llm_parse.json")));
        foreach (string split in (string[])["train", "test"])
        {
            JsonElement figures = expected.RootElement.GetProperty($"{name}.{split}");
            SplitStatistics found = statistics.Splits[split];
            TeacherStatistics palm = found.Teachers["palm"];
            Assert.Equal(figures.GetProperty("n_gt").GetInt32(), found.Rows);
            Assert.Equal(figures.GetProperty("n_llm").GetInt32(), palm.Rows);
            Assert.Equal(figures.GetProperty("llm_accuracy").GetDouble(), palm.Accuracy, 1e-12);
            Assert.Equal(figures.GetProperty("blank_labels").GetInt32(), palm.BlankLabels);
            Assert.Equal(figures.GetProperty("empty_rationales").GetInt32(), palm.EmptyRationales);
            Assert.Equal(figures.GetProperty("rationale_chars").GetInt64(), palm.RationaleChars);
            Assert.Equal(figures.GetProperty("label_chars").GetInt64(), palm.LabelChars);
            TeacherAnswer first = dataset.Splits[split].Teachers["palm"][0];
            Assert.Equal(figures.GetProperty("first").GetProperty("rationale").GetString(), first.Rationale);
            Assert.Equal(figures.GetProperty("first").GetProperty("label").GetString(), first.Label);
        }
    }
}
