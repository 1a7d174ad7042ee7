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
    public void ListRuns_TwoThousandRuns_TakesUnderASecondFromTheClosedFile()
    {
        using (RunHistory history = Open())
        {
            for (int i = 0; i < 2000; i++)
            {
                string id = $"2025{i:D4}";
                history.Add(RunScript.Summary(id));
                history.Append(id, RunScript.Numbered(RunScript.Whole(RunScript.Spec(20), evalSteps: 10)), new Bookmark(1, ""));
            }
        }

        long start = Stopwatch.GetTimestamp();
        using RunHistory again = Open();
        int count = again.ListRuns().Count;
        double opened = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        _ = again.ListRuns();
        double listed = Stopwatch.GetElapsedTime(start).TotalSeconds;

        TestContext.Current.TestOutputHelper?.WriteLine($"opened in {opened:F3} s, listed again in {listed:F4} s");
        Assert.Equal(2000, count);
        Assert.InRange(opened, 0, 1);
        Assert.InRange(listed, 0, 0.05);
    }

    [Fact]
    public void Series_HundredThousandSteps_SevenCurvesInHalfASecondFromTheClosedFile()
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
        }

        using RunHistory again = Open();
        _ = again.Series("long", new SeriesRequest([Metric.Loss], To: 10)); // code is compiled
        using RunHistory closed = Reopen(again);
        long start = Stopwatch.GetTimestamp();
        SeriesResult all = closed.Series("long", new SeriesRequest(SevenMetrics));
        double first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        _ = closed.Series("long", new SeriesRequest(SevenMetrics, From: 40_000, To: 45_000));
        double zoomed = Stopwatch.GetElapsedTime(start).TotalSeconds;

        TestContext.Current.TestOutputHelper?.WriteLine($"whole in {first:F3} s, zoomed in {zoomed:F3} s");
        Assert.All(all.Curves, curve => Assert.Equal(Steps, curve.Total));
        Assert.InRange(first, 0, 0.5);
        Assert.InRange(zoomed, 0, 0.2);
    }

    private RunHistory Open() => new(_folder["studio.db"], TimeProvider.System, NullLogger<RunHistory>.Instance);

    private RunHistory Reopen(RunHistory history)
    {
        history.Dispose();
        return Open();
    }
}
