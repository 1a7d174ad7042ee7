using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.History;

/// <summary>Curves as pages draw them.</summary>
public sealed class RunHistorySeriesTests : HistoryTest
{
    [Fact]
    public async Task Series_ProcessorUse_IsKeptWhereItWasMeasuredAndHasAGapElsewhere()
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(Enumerable.Range(1, 700).Select(i =>
            RunScript.Step(i, RunScript.Spec()) with { CpuCores = i <= 600 ? null : i / 400.0, GpuUse = i == 650 ? 0.25 : null }));
        using (RunHistory history = Open())
        {
            history.Add(RunScript.Summary(Id));
            history.Append(Id, events, new Bookmark(1, ""));
            await history.FlushAsync();
        }

        using RunHistory again = Open();
        IReadOnlyList<Curve> curves = again.Series(Id, new SeriesRequest([Metric.CpuCores, Metric.GpuUse])).Curves;
        Assert.Equal(Enumerable.Range(601, 100).Select(i => (double)i), curves[0].X);
        Assert.Equal(Enumerable.Range(601, 100).Select(i => (double?)(i / 400.0)), curves[0].Y);
        Assert.Equal([650], curves[1].X);
        Assert.Equal([0.25], curves[1].Y);
        Assert.Equal(AsJson(events), AsJson(again.Events(Id, 1, int.MaxValue)));
    }

    [Fact]
    public void Series_LongRun_IsThinnedKeepsPeaksAndCountsAll()
    {
        const int Steps = 20_000;
        RunSpec spec = RunScript.Spec(Steps);
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(
            Id,
            RunScript.Numbered(Enumerable.Range(1, Steps).Select(i => RunScript.Step(i, spec) with { Loss = i == 12_345 ? 1e6 : 1 })),
            Bookmark.Start);

        SeriesResult all = history.Series(Id, new SeriesRequest([Metric.Loss, Metric.LabelLoss], MaxPoints: 1000));
        SeriesResult part = history.Series(Id, new SeriesRequest([Metric.Loss], Axis.Examples, From: 16 * 12_340, To: 16 * 12_350));

        Assert.Equal(Steps, all.LastNumber);
        Assert.All(all.Curves, curve => Assert.Equal(Steps, curve.Total));
        Assert.InRange(all.Curves[0].X.Count, 500, 1000);
        Assert.Equal(1e6, all.Curves[0].Y[all.Curves[0].X.ToList().IndexOf(12_345)]);
        Assert.Equal([.. Enumerable.Range(12_340, 11).Select(i => 16.0 * i)], part.Curves[0].X);
        Assert.Equal(11, part.Curves[0].Total);
    }

    [Fact]
    public void Series_OfEvaluations_StandWhereTheStepsStood()
    {
        RunSpec spec = RunScript.Spec(300);
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(Id, RunScript.Numbered(RunScript.Whole(spec)), Bookmark.Start);

        foreach ((Axis axis, double[] x) in
            new[] { (Axis.Step, new double[] { 100, 200, 300 }), (Axis.Epoch, [2, 4, 6]), (Axis.Examples, [1600, 3200, 4800]) })
        {
            Curve curve = history.Series(Id, new SeriesRequest([Metric.ValidAccuracy], axis)).Curves[0];
            Assert.Equal(x, curve.X);
            Assert.Equal(3, curve.Y.Count);
        }
    }

    [Fact]
    public void Series_LossThatTheRecipeLacks_IsEmptyAndOneThatDiverged_IsAGap()
    {
        RunSpec spec = RunScript.Spec() with { Method = MethodNames.Standard };
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(
            Id, RunScript.Numbered([RunScript.Step(1, spec), RunScript.Step(2, spec) with { Loss = double.NaN }]), Bookmark.Start);

        IReadOnlyList<Curve> curves = history.Series(
            Id, new SeriesRequest([Metric.RationaleLoss, Metric.Loss, Metric.ExamplesPerSecond])).Curves;

        Assert.Equal((0, 0), (curves[0].X.Count, curves[0].Total));
        Assert.Equal([RunScript.Step(1, spec).Loss, null], curves[1].Y);
        Assert.Equal([64.0, 64.0], curves[2].Y);
        Assert.True(double.IsNaN(Assert.IsType<StepCompleted>(history.Events(Id, 2)[0]).Loss));
    }
}
