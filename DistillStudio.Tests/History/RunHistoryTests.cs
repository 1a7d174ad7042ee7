using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.History;

/// <summary>What is appended is what is read, in order and whole, in this session and the next.</summary>
public sealed class RunHistoryTests : HistoryTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(1500)]
    public void Events_AfterReopening_AreWhatWasAppended(int steps)
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(RunScript.Spec(steps)));
        using (RunHistory history = Open())
        {
            history.Add(RunScript.Summary(Id));
            foreach (RunEvent[] part in events.Chunk(97))
            {
                history.Append(Id, part, new Bookmark(part[^1].Number, ""));
                Assert.Equal(part[^1].Number, history.Find(Id)!.LastNumber);
            }

            Assert.Equal(AsJson(events), AsJson(history.Events(Id, 1, int.MaxValue)));
        }

        using RunHistory again = Open();
        Assert.Equal(AsJson(events), AsJson(again.Events(Id, 1, int.MaxValue)));
        Assert.Equal(events.Count, again.BookmarkOf(Id).Offset);
    }

    [Fact]
    public async Task Events_InPages_NeitherMissNorRepeatOne()
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(RunScript.Spec(3000), evalSteps: 7));
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(Id, [.. events.Take(2000)], new Bookmark(1, ""));
        await history.FlushAsync();
        history.Append(Id, [.. events.Skip(2000)], new Bookmark(2, "")); // some from the file, some from memory

        foreach (int page in new[] { 1, 13, 512, 1000, 10_000 })
        {
            foreach (long from in new long[] { 1, 2, 511, 512, 513, 1999, 2001, events.Count })
            {
                Assert.Equal(AsJson([.. events.Where(e => e.Number >= from).Take(page)]), AsJson(history.Events(Id, from, page)));
            }
        }

        Assert.Empty(history.Events(Id, events.Count + 1));
        Assert.Empty(history.Events("unknown", 1));
    }

    [Fact]
    public void Append_GrownInManySessions_KeepsEveryRow()
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(RunScript.Spec(1200)));
        foreach (RunEvent[] part in events.Chunk(170))
        {
            using RunHistory session = Open();
            session.Add(RunScript.Summary(Id));
            session.Append(Id, part, new Bookmark(part[^1].Number, ""));
        }

        using RunHistory history = Open();
        Assert.Equal(AsJson(events), AsJson(history.Events(Id, 1, int.MaxValue)));
        Assert.Equal(1200, history.Find(Id)!.Rows);
    }

    [Fact]
    public void Append_EventsKnownAlready_ArePassedOver()
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(RunScript.Spec(20)));
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));

        history.Append(Id, [.. events.Take(10)], new Bookmark(1, ""));
        history.Append(Id, events, new Bookmark(2, ""));

        Assert.Equal(AsJson(events), AsJson(history.Events(Id, 1)));
        Assert.Equal(20, history.Find(Id)!.Rows);
    }

    [Fact]
    public void Summary_OfAWholeRun_HoldsItsFigures()
    {
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id, spec: RunScript.Spec(400)));
        history.Append(Id, RunScript.Numbered(RunScript.Whole(RunScript.Spec(400))), Bookmark.Start);

        RunSummary run = history.Find(Id)!;

        Assert.Equal(RunState.Finished, run.State);
        Assert.Equal((400, 400, 6400L), (run.Step, run.Rows, run.Examples));
        Assert.Equal(RunScript.LabelLossAt(400), run.LabelLoss);
        Assert.Equal((0.75, 400, 0.75, 0.75), (run.BestValidAccuracy, run.BestValidStep, run.LastValidAccuracy, run.TestAccuracy));
        Assert.Equal(64, run.ExamplesPerSecond!.Value, 6);
        Assert.Equal((RunScript.Start, RunScript.Start.AddSeconds(0.25 * (run.LastNumber - 1))), (run.StartedAt, run.EndedAt));
        Assert.Equal(1, run.Progress);
    }

    [Fact]
    public void Summary_PauseAndInterruption_DoNotCountAsTime()
    {
        RunSpec spec = RunScript.Spec();
        RunEvent[] events = [RunScript.Started(spec), RunScript.Step(1, spec), new Paused(1), new Resumed(1), RunScript.Step(2, spec)];
        double[] seconds = [0, 1, 2, 1000, 1003];
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));

        history.Append(
            Id, [.. events.Select((e, i) => e with { Number = i + 1, Time = RunScript.Start.AddSeconds(seconds[i]) })], Bookmark.Start);

        Assert.Equal(5, history.Find(Id)!.Elapsed);
        Assert.Equal([1.0, 5.0], history.Series(Id, new SeriesRequest([Metric.Loss], Axis.Seconds)).Curves[0].X);
    }

    [Fact]
    public void SamplesAndLog_AreFoundByStepAndFromTheEnd()
    {
        RunSpec spec = RunScript.Spec(300);
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(
            Id,
            RunScript.Numbered(
                [.. RunScript.Whole(spec), .. Enumerable.Range(0, 500).Select(i => new Logged(LogSeverity.Warning, $"line {i}"))]),
            Bookmark.Start);

        Assert.Equal([100, 200, 300], history.SampleSteps(Id));
        Assert.Equal("since 200", history.Samples(Id, 200)!.Samples[0].Rationale);
        Assert.Null(history.Samples(Id, 150));
        Assert.Equal(["line 498", "line 499"], history.Log(Id, 2).Select(line => line.Message));
        Assert.Equal(501, history.Log(Id, 1000).Count);
    }

    [Fact]
    public async Task Rewind_ThenReadAgain_KeepsNothingOfBefore()
    {
        RunSpec spec = RunScript.Spec(2000);
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(RunScript.Spec(600)));
        using (RunHistory history = Open())
        {
            history.Add(RunScript.Summary(Id) with { Notes = "mine" });
            history.Append(Id, RunScript.Numbered(RunScript.Whole(spec)), new Bookmark(9, ""));
            await history.FlushAsync();

            history.Rewind(Id);
            history.Append(Id, events, new Bookmark(5, ""));
            await history.FlushAsync();

            Assert.Equal(AsJson(events), AsJson(history.Events(Id, 1, int.MaxValue)));
            Assert.Equal(("mine", 600), (history.Find(Id)!.Notes, history.Find(Id)!.Rows));
        }

        using RunHistory again = Open();
        Assert.Equal(AsJson(events), AsJson(again.Events(Id, 1, int.MaxValue)));
    }

    [Fact]
    public void Remove_OneRun_LeavesItsNeighboursWhole()
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(RunScript.Spec(600)));
        string[] ids = ["a", "a0", "A", "a-b", "b"]; // names that sort around one another
        using (RunHistory history = Open())
        {
            foreach (string id in ids)
            {
                history.Add(RunScript.Summary(id));
                history.Append(id, events, Bookmark.Start);
            }
        }

        using (RunHistory history = Open())
        {
            history.Remove("a");
        }

        using RunHistory left = Open();
        Assert.Equal(ids[1..].Order(), left.ListRuns().Select(run => run.Id).Order());
        Assert.All(ids[1..], id => Assert.Equal(AsJson(events), AsJson(left.Events(id, 1, int.MaxValue))));
        left.Add(RunScript.Summary("a"));
        Assert.Empty(left.Events("a", 1));
    }

    [Fact]
    public async Task Append_WhileManyRead_EveryAnswerIsWholeAndInOrder()
    {
        const int Steps = 30_000;
        RunSpec spec = RunScript.Spec(Steps);
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(spec, evalSteps: 1000));
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        using var done = new CancellationTokenSource();

        Task<int>[] readers =
        [
            .. Enumerable.Range(0, 4).Select(reader => Task.Run(() =>
            {
                int reads = 0;
                for (; !done.IsCancellationRequested || reads == 0; reads++)
                {
                    SeriesResult series = history.Series(Id, new SeriesRequest([Metric.LabelLoss, Metric.ValidAccuracy], MaxPoints: 500));
                    Assert.Equal(series.Curves[0].X.Order(), series.Curves[0].X);
                    long evaluations = events.Take((int)series.LastNumber).Count(e => e is EvaluationCompleted);
                    Assert.Equal(evaluations, series.Curves[1].Total);
                    Assert.Equal(events.Take((int)series.LastNumber).Count(e => e is StepCompleted), series.Curves[0].Total);

                    long from = 1 + (reads * 7919L % events.Count);
                    IReadOnlyList<RunEvent> page = history.Events(Id, from, 100);
                    Assert.Equal(Enumerable.Range(0, page.Count).Select(i => from + i), page.Select(e => e.Number));
                }

                return reads;
            })),
        ];
        foreach (RunEvent[] part in events.Chunk(200))
        {
            history.Append(Id, part, new Bookmark(part[^1].Number, ""));
            await Task.Delay(5, Cancel);
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 1));
        Assert.Equal(Steps, history.Find(Id)!.Rows);
    }
}
