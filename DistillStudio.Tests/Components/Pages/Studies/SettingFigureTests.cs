using DistillStudio.Components.Charts;
using DistillStudio.Components.Pages.Studies;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Components.Pages.Studies;

public sealed class SettingFigureTests : IDisposable
{
    private readonly StudyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Of_Fraction_HasAPointAFractionAndThePublishedMarksOfItsDataset()
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
    public void Of_Alpha_DrawsALevelLineWhereItHasNoEffect()
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
        Assert.Equal(
            [
                "alpha", "Accuracy: Standard", "Accuracy: Standard, low", "Accuracy: Standard, high", "Accuracy: Step-by-step",
                "Accuracy: Step-by-step, low", "Accuracy: Step-by-step, high",
            ],
            FigureTable.Of(figure).Titles);
    }

    [Fact]
    public void Of_BeforeTheFirstResult_IsNothing()
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
