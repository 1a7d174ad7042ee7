using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.TensorBoard;

namespace DistillStudio.Tests.TensorBoard;

public class TensorBoardFileTests
{
    private static readonly RunSpec Spec = RunScript.Spec();

    [Fact]
    public void Masked_KnownText_HasThePublishedCrc() =>
        Assert.Equal(((0xE3069283u >> 15) | (0xE3069283u << 17)) + 0xa282ead8, TensorBoardReader.Masked("123456789"u8));

    [Fact]
    public void Write_LongTagsAndLargeSteps_AreReadBack()
    {
        string tag = new('ü', 100);
        TensorBoardReader read = Written(
            file => file.Write(RunScript.Start, long.MaxValue, [(tag, 0.1), ("nan", double.NaN), ("huge", 1e300)]));

        Assert.Equal("brain.Event:2", read.Version);
        Assert.Equal(
            [(tag, 0.1f), ("nan", float.NaN), ("huge", float.PositiveInfinity)], read.Points.Select(point => (point.Tag, point.Value)));
        Assert.All(read.Points, point =>
            Assert.Equal((long.MaxValue, RunScript.Start.ToUnixTimeMilliseconds() / 1000.0), (point.Step, point.WallTime)));
    }

    [Fact]
    public void Curves_OfARun_HaveOneTagForEachMetric()
    {
        TensorBoardReader read = Written(file =>
        {
            var curves = new TensorBoardCurves(file);
            curves.Write(RunScript.Started(Spec));
            curves.Write(RunScript.Step(1, Spec) with { Time = RunScript.Start.AddSeconds(1.5), CpuCores = 1.25 });
            curves.Write(RunScript.Step(2, Spec) with { Time = RunScript.Start.AddSeconds(2) });
            curves.Write(RunScript.Valid(2, 0.75) with { Time = RunScript.Start.AddSeconds(3) });
            curves.Write(RunScript.Valid(2, 0.5) with { Split = "test" });
        });

        Assert.Empty(read.Points.Select(point => point.Tag).Except(Metric.All.Select(metric => metric.Name)));
        Assert.Equal(Metric.All.Count - 1, read.Points.Select(point => point.Tag).Distinct().Count()); // no GPU
        Assert.Equal([(1, (float)RunScript.LabelLossAt(1)), (2, (float)RunScript.LabelLossAt(2))], Of(read, "label_loss"));
        Assert.Equal([(1, 64f), (2, 64f)], Of(read, "examples_per_second"));
        Assert.Equal([(1, 1.25f)], Of(read, "cpu_cores"));
        Assert.Equal([(2, 0.75f)], Of(read, "valid_accuracy"));
        Assert.Equal(RunScript.Start.ToUnixTimeSeconds() + 1.5, read.Points[0].WallTime);
    }

    [Fact]
    public void Curves_RunThatContinues_StartsASessionThere()
    {
        TensorBoardReader read = Written(file =>
        {
            var curves = new TensorBoardCurves(file);
            curves.Write(new Resumed(40, IsRestored: true) { Time = RunScript.Start });
            curves.Write(RunScript.Step(41, Spec));
            curves.Write(RunScript.Step(42, Spec));
        });

        Assert.Equal([41L], read.Restarts);
        Assert.Equal([(42, 64f)], Of(read, "examples_per_second"));
        Assert.Equal([41L, 42L], read.Points.Where(point => point.Tag == "loss").Select(point => point.Step));
    }

    private static IEnumerable<(long, float)> Of(TensorBoardReader read, string tag) =>
        read.Points.Where(point => point.Tag == tag).Select(point => (point.Step, point.Value));

    private static TensorBoardReader Written(Action<TensorBoardFile> write)
    {
        using var stream = new MemoryStream();
        using var file = new TensorBoardFile(stream, RunScript.Start);
        write(file);
        return TensorBoardReader.Read(stream.ToArray());
    }
}
