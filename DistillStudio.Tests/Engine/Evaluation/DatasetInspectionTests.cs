using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Evaluation;

public class DatasetInspectionTests
{
    private static readonly Split Train = new(
        "train",
        [
            new("Where do beavers build their dams?", "river"), new("Who?", "me"), new("Where do beavers build their dams?", "lake"),
            new("What?", "me"),
        ],
        new Dictionary<string, IReadOnlyList<TeacherAnswer>>
        {
            ["big"] = [new("beavers build their dams", "river"), new("I am who", "you"), new("They need water.", "river"), new(" ", " ")],
        });

    private static Split Partial => Train with
    {
        Teachers = new Dictionary<string, IReadOnlyList<TeacherAnswer>>
        {
            ["big"] = [.. Train.Teachers["big"].Take(2), new("", ""), new("", "")],
        },
        Unasked = new Dictionary<string, IReadOnlySet<int>> { ["big"] = new HashSet<int> { 2, 3 } },
    };

    [Fact]
    public void Report_Answers_AreCountedByFault()
    {
        TeacherReport report = TeacherReport.Of(TaskKind.Text, Train, "big");
        Assert.Equal(
            (4, 1, 1, 1, 2, 1), (report.Rows, report.Correct, report.BlankLabels, report.BlankRationales, report.Truncated, report.Copies));
        Assert.Equal([("lake", "river"), ("me", " "), ("me", "you")], report.Confusions.Select(pair => (pair.Truth, pair.Given)));
        Assert.Equal(ConfidenceInterval.OfProportion(1, 4), report.Interval);
    }

    [Fact]
    public void Report_RowsThatTheTeacherWasNotAskedAbout_AreCountedApart()
    {
        TeacherReport report = TeacherReport.Of(TaskKind.Text, Partial, "big");

        Assert.Equal((2, 2, 1, 0, 0), (report.Rows, report.Unasked, report.Correct, report.BlankLabels, report.BlankRationales));
        Assert.Equal(0.5, report.Agreement);
        Assert.Equal([("me", "you")], report.Confusions.Select(pair => (pair.Truth, pair.Given)));
    }

    [Theory]
    [InlineData(RowFilter.Differs, new[] { 1 })]
    [InlineData(RowFilter.Blank, new int[0])]
    [InlineData(RowFilter.Unasked, new[] { 2, 3 })]
    public void Find_RowsThatTheTeacherWasNotAskedAbout_AreNoFaultsOfIts(RowFilter filter, int[] rows) =>
        Assert.Equal(rows, RowSearch.Find(TaskKind.Text, Partial, "", filter, "big", TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("", RowFilter.All, new[] { 0, 1, 2, 3 })]
    [InlineData("BEAVER", RowFilter.All, new[] { 0, 2 })]
    [InlineData("need water", RowFilter.All, new[] { 2 })]
    [InlineData("", RowFilter.Differs, new[] { 1, 2, 3 })]
    [InlineData("beavers", RowFilter.Differs, new[] { 2 })]
    [InlineData("", RowFilter.Blank, new[] { 3 })]
    [InlineData("", RowFilter.Truncated, new[] { 0, 1 })]
    [InlineData("", RowFilter.Copy, new[] { 0 })]
    [InlineData("nothing like this", RowFilter.All, new int[0])]
    public void Find_TextAndFilter_GiveTheRows(string text, RowFilter filter, int[] rows) =>
        Assert.Equal(rows, RowSearch.Find(TaskKind.Text, Train, text, filter, "big", TestContext.Current.CancellationToken));

    [Fact]
    public void Repeats_WithinAndAcrossSplits_AreCountedAndListed()
    {
        var none = new Dictionary<string, IReadOnlyList<TeacherAnswer>>();
        var test = new Split("test", [new("Who?", "me"), new("New?", "x"), new("New?", "x"), new("Who?", "you")], none);
        RepeatedRows repeats = RepeatedRows.Of(
            new("d", TaskKind.Text, new Dictionary<string, Split> { ["test"] = test, ["train"] = Train }), most: 10);
        Assert.Equal((1, 2), (repeats.Within["train"], repeats.Within["test"]));
        Assert.Equal(2, Assert.Single(repeats.Leaked).Value);
        Assert.Equal([("train", 1), ("test", 0), ("test", 3)], repeats.First[0].Places);
        Assert.Equal(3, repeats.First.Count);
    }

    [Fact]
    public void Balance_ManyLabels_KeepsTheCommonestAndCountsTheRest()
    {
        LabelBalance balance = LabelBalance.Of(Train, most: 1);
        Assert.Equal((3, "me", 2, 2), (balance.Distinct, balance.Commonest[0].Key, balance.Commonest[0].Value, balance.Others));
    }

    [Fact]
    public void Histogram_Lengths_FillBinsAndCountWhatIsCut()
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(TokenizerFixture.MiniPath);
        int length = tokenizer.Encode("one two three").Length;
        LengthHistogram histogram = LengthHistogram.Of(
            ["one two three", "one two three", ""], tokenizer, cutOff: length - 1, TestContext.Current.CancellationToken)!;
        Assert.Equal((length, 2, 3, 2, 1), (histogram.Max, histogram.Cut, histogram.Bins.Sum(), histogram.Bins[^1], histogram.Width));
        Assert.Null(LengthHistogram.Of([], tokenizer, 5, TestContext.Current.CancellationToken));
    }
}
