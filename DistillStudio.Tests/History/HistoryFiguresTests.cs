using System.Diagnostics;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.History;

/// <summary>How fast history is, with the figures in the test's output.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class HistoryFiguresTests : IDisposable
{
    /// <summary>The fastest counts: the others tell what else the machine did, or that code was still to be compiled.</summary>
    private const int Attempts = 3;

    private static readonly Metric[] SevenMetrics =
    [
        Metric.LabelLoss, Metric.RationaleLoss, Metric.Loss, Metric.LearningRate, Metric.GradientNorm, Metric.TokensPerSecond,
        Metric.ExamplesPerSecond,
    ];

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Append_WhilePagesRead_TakesTwentyThousandRowsASecondToTheDisk()
    {
        const int Runs = 4, RowsEach = 25_000;
        using RunHistory history = Open();
        string[] ids = [.. Enumerable.Range(0, Runs).Select(i => $"run-{i}")];
        foreach (string id in ids)
        {
            history.Add(RunScript.Summary(id));
        }

        IReadOnlyList<RunEvent> events = RunScript.Numbered(Enumerable.Range(1, RowsEach).Select(i => RunScript.Step(i, RunScript.Spec())));
        using var done = new CancellationTokenSource();
        int reads = 0;
        Task pages = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                _ = history.ListRuns();
                _ = history.Series(ids[reads % Runs], new SeriesRequest(SevenMetrics));
                reads++;
                await Task.Delay(200, Cancel); // a page looks at most five times a second
            }
        }, Cancel);

        long start = Stopwatch.GetTimestamp();
        foreach (RunEvent[] part in events.Chunk(100))
        {
            foreach (string id in ids)
            {
                history.Append(id, part, new Bookmark(part[^1].Number, ""));
            }
        }

        await history.FlushAsync();
        double rate = Runs * RowsEach / Stopwatch.GetElapsedTime(start).TotalSeconds;
        await done.CancelAsync();
        await pages;
        TestContext.Current.TestOutputHelper?.WriteLine($"{rate:N0} rows a second, {reads} reads beside");
        Assert.True(rate > 20_000, $"{rate:N0} rows a second");
        Assert.All(ids, id => Assert.Equal(RowsEach, history.Find(id)!.Rows));
    }

    [Fact]
    public async Task ListRuns_TwoThousandRuns_TakesUnderASecondFromTheClosedFile()
    {
        using (RunHistory history = Open())
        {
            for (int i = 0; i < 2000; i++)
            {
                string id = $"2025{i:D4}";
                history.Add(RunScript.Summary(id));
                history.Append(id, RunScript.Numbered(RunScript.Whole(RunScript.Spec(20), evalSteps: 10)), new Bookmark(1, ""));
            }

            await history.FlushAsync();
        }

        double[] opened = new double[Attempts], listed = new double[Attempts];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            using RunHistory again = Open();
            int count = again.ListRuns().Count;
            opened[attempt] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            Assert.Equal(2000, again.ListRuns().Count);
            listed[attempt] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Assert.Equal(2000, count);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"opened in {opened.Min():F3} s, listed again in {listed.Min():F4} s");
        Assert.InRange(opened.Min(), 0, 1);
        Assert.InRange(listed.Min(), 0, 0.05);
    }

    [Fact]
    public async Task Series_HundredThousandSteps_SevenCurvesInHalfASecondFromTheClosedFile()
    {
        const int Steps = 100_000;
        using (RunHistory history = Open())
        {
            history.Add(RunScript.Summary("long"));
            foreach (RunEvent[] part in RunScript.Numbered(Enumerable.Range(1, Steps).Select(i => RunScript.Step(i, RunScript.Spec())))
                .Chunk(5000))
            {
                history.Append("long", part, new Bookmark(part[^1].Number, ""));
            }

            await history.FlushAsync();
        }

        double[] whole = new double[Attempts], zoomed = new double[Attempts];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            using RunHistory closed = Open();
            long start = Stopwatch.GetTimestamp();
            SeriesResult all = closed.Series("long", new SeriesRequest(SevenMetrics));
            whole[attempt] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            _ = closed.Series("long", new SeriesRequest(SevenMetrics, From: 40_000, To: 45_000));
            zoomed[attempt] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Assert.All(all.Curves, curve => Assert.Equal(Steps, curve.Total));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"whole in {whole.Min():F3} s, zoomed in {zoomed.Min():F3} s");
        Assert.InRange(whole.Min(), 0, 0.5);
        Assert.InRange(zoomed.Min(), 0, 0.2);
    }

    private RunHistory Open() => new(_folder["studio.db"], TimeProvider.System, NullLogger<RunHistory>.Instance);
}
