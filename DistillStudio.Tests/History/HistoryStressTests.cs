using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.History;

/// <summary>Whatever comes from however many threads, one thread writes the file: parallel writers damage it.</summary>
public sealed class HistoryStressTests : IDisposable
{
    private const int Runs = 8;
    private const int Steps = 3000;

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task History_ManyThreadsAppendEditReadAndRewindAtOnce_FileOpensAgainWithEverything()
    {
        RunSpec spec = RunScript.Spec(Steps);
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(spec));
        string[] ids = [.. Enumerable.Range(0, Runs).Select(i => $"run-{i}")];
        using (RunHistory history = Open())
        {
            using var done = new CancellationTokenSource();
            Task[] others =
            [
                .. Loop(i => history.Edit(ids[i % Runs], run => run with { Notes = $"note {i}" }), done.Token),
                .. Loop(i => history.Series(ids[i % Runs], new SeriesRequest([Metric.Loss, Metric.ValidAccuracy])), done.Token),
                .. Loop(i => history.Events(ids[i % Runs], 1 + (i * 37 % events.Count), 200), done.Token),
                .. Loop(
                    i => (history.Evaluations(ids[i % Runs]), history.Log(ids[i % Runs]), history.SampleSteps(ids[i % Runs])), done.Token),
                .. Loop(i => i % 5 == 0 ? history.FlushAsync() : Task.CompletedTask, done.Token),
            ];
            await Task.WhenAll(
                ids.Select(
                    id => Task.Factory.StartNew(
                        () => Write(history, id, events), Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            await done.CancelAsync();
            await Task.WhenAll(others);
        }

        Assert.Empty(Directory.GetFiles(_folder.Path, "studio.db.damaged-*"));
        using RunHistory again = Open();
        foreach (string id in ids)
        {
            Assert.Equal(events.Select(e => e.Number), again.Events(id, 1, int.MaxValue).Select(e => e.Number));
            Assert.Equal(Steps, again.Series(id, new SeriesRequest([Metric.Loss])).Curves[0].Total);
            Assert.StartsWith("note ", again.Find(id)!.Notes, StringComparison.Ordinal);
        }
    }

    /// <summary>As the follower does; every other run goes back to its start on the way, as one whose file was rewritten.</summary>
    private static void Write(RunHistory history, string id, IReadOnlyList<RunEvent> events)
    {
        history.Add(RunScript.Summary(id));
        bool mustRewind = id[^1] % 2 == 0;
        for (int at = 0, size = 1; at < events.Count; at += size, size = 1 + (at * 7 % 60))
        {
            if (mustRewind && at > events.Count / 2)
            {
                mustRewind = false;
                history.Rewind(id);
                history.Append(id, [.. events.Take(at)], new Bookmark(at, ""));
            }

            history.Append(id, [.. events.Skip(at).Take(size)], new Bookmark(at + size, ""));
            history.Edit(id, run => run with { Notes = $"note {at}" });
        }
    }

    private static Task[] Loop<T>(Func<int, T> act, CancellationToken done) =>
    [
        .. Enumerable.Range(0, 2).Select(thread => Task.Run(async () =>
        {
            for (int i = thread; !done.IsCancellationRequested; i += 2)
            {
                _ = act(i) is Task task ? task : null;
                await Task.Delay(1, CancellationToken.None);
            }
        }, CancellationToken.None)),
    ];

    private RunHistory Open() => new(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
}
