using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Components.Pages.Run;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using TestResult = DistillStudio.Engine.Runs.TestResult;

namespace DistillStudio.Tests.Components.Pages.Run;

/// <summary>The figures of a run: both tests, and what a run is doing between two steps.</summary>
public sealed class RunTilesTests : StudioContext
{
    private static readonly TestResult Best = new(0.75, 75, 100, 600);
    private static readonly TestResult Last = new(0.5, 50, 100, 800);

    [Theory]
    [InlineData(true, "75.0 %", "Test, last step", "50.0 %")]
    [InlineData(false, "50.0 %", "Test, best on validation", "75.0 %")]
    public void Tiles_TestedTwice_ShowTheExportedAndTheOther(bool isBest, string value, string other, string otherValue)
    {
        RunSummary run = Ended(isBest ? Best : Last, Best, Last);
        Assert.Equal(value, Tile(run, "Test accuracy").QuerySelector(".tile-value")!.TextContent);
        Assert.Equal(otherValue, Tile(run, other).QuerySelector(".tile-value")!.TextContent);
    }

    [Fact]
    public void Tiles_BestWeightsAreTheLast_ShowOneTest() =>
        Assert.Single(Render<RunTiles>(p => p.Add(c => c.Run, Ended(Last, Last, Last))).FindAll(".tile-label"), label =>
            label.TextContent.StartsWith("Test", StringComparison.Ordinal));

    [Fact]
    public void Tile_DuringAnEvaluation_SaysHowFarItIs()
    {
        RunSummary run = Add(
            "r", r => r with { Step = 100, Evaluating = new EvaluationProgressed(100, "valid", "current", 12, 80, 3) }, RunState.Running);
        Assert.Equal("validating 12/80", Tile(run, "Step").QuerySelector(".tile-note")!.TextContent);
        Assert.Equal("of 1,000 · 10 %", Tile(run with { Evaluating = null }, "Step").QuerySelector(".tile-note")!.TextContent);
        Assert.Equal("of 1,000 · 10 %", Tile(run with { State = RunState.Interrupted }, "Step").QuerySelector(".tile-note")!.TextContent);
    }

    [Fact]
    public void Comparison_OfTestedRuns_ShowsBothTestsAndWhichIsExported()
    {
        FigureRun[] runs = [new(Ended(Best, Best, Last), "one", 0), new(Ended(Last, Best, Last), "other", 1)];
        IRenderedComponent<CompareFinals> finals = Render<CompareFinals>(p => p.Add(c => c.Runs, runs));

        IElement[][] cells = [.. finals.FindAll("tbody tr").Select(row => row.QuerySelectorAll("td").Take(2).ToArray())];
        Assert.All(cells, row => Assert.StartsWith("75.0 %", row[0].TextContent.Trim(), StringComparison.Ordinal));
        Assert.All(cells, row => Assert.StartsWith("50.0 %", row[1].TextContent.Trim(), StringComparison.Ordinal));
        Assert.Equal(["75.0 %", "50.0 %"], finals.FindAll("strong").Select(exported => exported.TextContent));
        Assert.Contains("step 600, exported", cells[0][0].TextContent, StringComparison.Ordinal);
    }

    /// <summary>The run's name is beside the reason, and the verdict may have known the run by another one.</summary>
    [Fact]
    public void Comparison_OfACollapsedRun_SaysWhyWithoutItsName()
    {
        RunSummary run = Ended(Last, Best, Last);
        const string Why = "collapsed: it is right on none of the test rows";
        IRenderedComponent<CompareFinals> finals = Render<CompareFinals>(p => p
            .Add(c => c.Runs, [new(run, "collapsed: it", 0)])
            .Add(c => c.Verdict, new Verdict
            {
                Collapsed = new Dictionary<string, string> { [run.Id] = Why },
                Runs = [],
                Groups = [],
                Margin = Verdict.UsualMargin,
                Sentences = [],
            }));

        Assert.Equal(Why, finals.Find(".remark").TextContent);
    }

    private RunSummary Ended(TestResult exported, TestResult best, TestResult last) => Add(
        $"run-{Bench.History.ListRuns().Count}", r =>
            r with
            {
                TestAccuracy = exported.Accuracy,
                Result = RunScript.Finished(800) with { Test = exported, TestBest = best, TestLast = last },
            });

    private IElement Tile(RunSummary run, string label) =>
        Render<RunTiles>(p => p.Add(c => c.Run, run)).FindAll(".tile").Single(
            tile => tile.QuerySelector(".tile-label")!.TextContent == label);
}
