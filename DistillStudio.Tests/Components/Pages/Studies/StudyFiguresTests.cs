using DistillStudio.Components.Charts;
using DistillStudio.Components.Pages.Studies;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Components.Pages.Studies;

/// <summary>What is drawn of a study.</summary>
public sealed class StudyFiguresTests : IDisposable
{
    private readonly StudyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Curves_OfThreeSeeds_AreTheMeanWithItsBandBeforeFaintRuns()
    {
        Study study = StudyHome.Pair(3);
        foreach (int seed in new[] { 0, 1, 2 })
        {
            _home.Finish(study, 1, seed, 0.5 + (0.1 * seed));
        }

        ChartFigure figure = StudyCurves.Build(_home.Look(study), [0, 1], null);

        ChartSeries mean = figure.Series.Single(series => series is { Panel: 0, Style: SeriesStyle.Headline });
        Assert.Equal([10, 20], mean.X);
        Assert.Equal([0.5, 0.6], mean.Y.Select(y => Math.Round(y!.Value, 9)));
        Assert.Equal(0.6 - (4.302652729911275 * 0.1 / Math.Sqrt(3)), mean.Intervals[1]!.Low, 6);
        Assert.Equal(3, figure.Series.Count(series => series is { Panel: 0, Style: SeriesStyle.Faint }));
        Assert.True(figure.Series.Index().Where(series => series.Item.Style == SeriesStyle.Faint && series.Item.Panel == 0).All(series => series.Index < figure.Series.ToList().IndexOf(mean)));
        Assert.All(StudyCurves.Build(_home.Look(study), [0], null).Series, series => Assert.Fail($"{series.Name} is of a cell that has no runs"));
    }

    [Fact]
    public void Curves_OfARunUnderWay_LeaveTheMeanToTheFinishedOnes()
    {
        Study study = StudyHome.Pair(2);
        _home.Finish(study, 0, 0, 0.5);
        _home.Add(_home.SpecOf(study, 0, 1), spec => [RunScript.Started(spec), RunScript.Step(10, spec), RunScript.Valid(10, 0.9)]);

        ChartFigure figure = StudyCurves.Build(_home.Look(study), [0], null);

        Assert.Equal([10, 20], figure.Series.First(series => series.Style == SeriesStyle.Headline).X);
        Assert.Equal(2, figure.Series.Count(series => series is { Panel: 0, Style: SeriesStyle.Faint }));
    }

    [Fact]
    public void Against_Fraction_HasAPointAFractionAndThePublishedMarksOfItsDataset()
    {
        Study demo = StudyPreset.Find("three-fractions")!.Create("f", RunDefaults.Demo with { MaxSteps = 20, EvalSteps = 10 }, 1);
        Study cqa = demo with { Base = new() { Dataset = "cqa", FromPretrained = "t5", Teacher = "palm", MaxSteps = 20, EvalSteps = 10 } };
        foreach (Study study in new[] { demo, cqa })
        {
            Enumerable.Range(0, 6).ToList().ForEach(cell => _home.Finish(study, cell, 0, 0.1 * cell));
        }

        Assert.Equal(2, FigureOf(demo).Figure.Series.Count);
        Assert.Empty(FigureOf(demo).Sources);
        SettingFigure figure = FigureOf(cqa);
        Assert.Equal([25, 50, 100], figure.Figure.Series[1].X);
        Assert.Equal([0.3, 0.4, 0.5], figure.Figure.Series[1].Y.Select(y => Math.Round(y!.Value, 9)));
        Assert.Equal(4, figure.Figure.Series.Count(series => series.Style == SeriesStyle.Published));
        Assert.Equal(2, figure.Sources.Count);
    }

    [Fact]
    public void Against_Alpha_DrawsALevelLineWhereItHasNoEffect()
    {
        Study study = StudyHome.Alphas();
        foreach (int seed in new[] { 0, 1 })
        {
            Enumerable.Range(0, 3).ToList().ForEach(cell => _home.Finish(study, cell, seed, 0.5 + (0.1 * cell) + (0.02 * seed)));
        }

        ChartFigure figure = FigureOf(study).Figure;

        Assert.Equal([0.3, 0.7], figure.Series[0].X);
        Assert.Equal(figure.Series[0].Y[0], figure.Series[0].Y[1]);
        Assert.All(figure.Series, series => Assert.Equal((IntervalStyle.Bars, 2), (series.IntervalStyle, series.Intervals.Count)));
        Assert.Equal(["alpha", "Accuracy: Standard", "Accuracy: Standard, low", "Accuracy: Standard, high", "Accuracy: Step-by-step", "Accuracy: Step-by-step, low", "Accuracy: Step-by-step, high"], FigureTable.Of(figure).Titles);
    }

    [Fact]
    public void Against_BeforeTheFirstResult_IsNothing()
    {
        StudyProgress progress = _home.Look(StudyHome.Alphas());
        Assert.Null(SettingFigure.Of(progress, StudyResult.Of(progress).Series[0]));
    }

    private SettingFigure FigureOf(Study study)
    {
        StudyProgress progress = _home.Look(study);
        return SettingFigure.Of(progress, StudyResult.Of(progress).Series[0])!;
    }
}
