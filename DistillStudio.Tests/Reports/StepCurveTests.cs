using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Settings;
using DistillStudio.Reports;
using DistillStudio.Reports.Charts;

namespace DistillStudio.Tests.Reports;

public class StepCurveTests
{
    [Fact]
    public void Points_HundredThousandSteps_AreFewAndKeepPeakAndGap()
    {
        var curves = new RunCurves();
        RunSpec spec = RunScript.Spec(100_000);
        for (int step = 1; step <= 100_000; step++)
        {
            curves.Add(RunScript.Step(step, spec) with { LabelLoss = step switch { 77_777 => 1000, 50_000 => double.NaN, _ => 1 } });
        }

        IReadOnlyList<ChartPoint> points = curves[Metric.LabelLoss].Points();

        Assert.InRange(points.Count, 100, LineChart.MostPoints);
        Assert.Contains(new ChartPoint(77_777, 1000), points);
        Assert.Contains(new ChartPoint(50_000, null), points);
        Assert.Equal((1, 100_000), (points[0].X, points[^1].X));
    }

    [Fact]
    public void Smoothed_Gaps_StayGapsAndAreSkipped() =>
        Assert.Equal([1, double.NaN, 3, double.NaN], Curve(1, double.NaN, 4, double.PositiveInfinity).Smoothed(0.5).Y);

    [Fact]
    public void Mean_OfSeeds_HasTheirTInterval()
    {
        ChartPoint point = StepCurve.Mean([Curve(0.4), Curve(0.5), Curve(0.6)], isShare: false)[0];

        Assert.Equal(0.5, point.Y!.Value, 1e-12);
        Assert.Equal(0.5 - (4.302653 * 0.1 / Math.Sqrt(3)), point.Low!.Value, 1e-6);
    }

    [Fact]
    public void Mean_OfShares_StaysWithinThem()
    {
        ChartPoint point = StepCurve.Mean([Curve(0), Curve(1)], isShare: true)[0];

        Assert.Equal((0, 1), (point.Low, point.High));
    }

    [Fact]
    public void Mean_StepsThatOneCurveLacks_AreLeftOutAndGapsAreGaps()
    {
        IReadOnlyList<ChartPoint> points = StepCurve.Mean([Curve(1, 2, 3, 4), new([2, 3], [2, double.NaN])], isShare: false);

        Assert.Equal([2, 3], points.Select(point => point.X));
        Assert.Equal([2, null], points.Select(point => point.Y));
    }

    [Fact]
    public void Mean_OfLongCurves_IsThinnedFromFirstToLast()
    {
        StepCurve curve = Curve([.. Enumerable.Range(0, 5000).Select(i => (double)i)]);

        IReadOnlyList<ChartPoint> points = StepCurve.Mean([curve, curve], isShare: false);

        Assert.Equal(LineChart.MostPoints, points.Count);
        Assert.Equal((1, 5000), (points[0].X, points[^1].X));
        Assert.All(points, point => Assert.Equal(point.X - 1, point.Y));
    }

    /// <summary>Steps from 1.</summary>
    private static StepCurve Curve(params double[] values) => new([.. values.Select((_, i) => i + 1.0)], values);
}
