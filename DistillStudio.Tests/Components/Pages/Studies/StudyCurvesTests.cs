using DistillStudio.Components.Charts;
using DistillStudio.Components.Pages.Studies;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Components.Pages.Studies;

public sealed class StudyCurvesTests : IDisposable
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
        int place = figure.Series.ToList().IndexOf(mean);
        Assert.All(
            figure.Series.Index().Where(series => series.Item is { Panel: 0, Style: SeriesStyle.Faint }),
            series => Assert.InRange(series.Index, 0, place - 1));
        Assert.Empty(StudyCurves.Build(_home.Look(study), [0], null).Series); // a cell without runs
    }

    [Fact]
    public void Curves_OfARunUnderWay_LeaveTheMeanToTheFinishedOnes()
    {
        Study study = StudyHome.Pair(2);
        _home.Finish(study, 0, 0, 0.5);
        _home.Add(_home.SpecOf(study, 0, 1), spec => [RunScript.Started(spec), RunScript.Step(10, spec), RunScript.Valid(10, 0.9)]);

        ChartFigure figure = StudyCurves.Build(_home.Look(study), [0], null);

        Assert.Equal([10, 20], figure.Series.First(series => series.Style == SeriesStyle.Headline).X);
        ChartSeries[] single = [.. figure.Series.Where(series => series is { Panel: 0, Style: SeriesStyle.Faint })];
        Assert.Equal([(2, false), (1, true)], single.Select(series => (series.X.Count, PlotlyTraces.HasMarks(series)))); // no line to see
    }
}
