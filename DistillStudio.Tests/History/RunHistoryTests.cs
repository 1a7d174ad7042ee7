using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using DistillStudio.Tests.Jobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.History;

public sealed class RunHistoryTests : IDisposable
{
    private const string Id = "20250102-030405-demo-task-prefix-beef";

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

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
    public void Database_OfAnOlderProgram_ReadsAsItWas()
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(Enumerable.Range(1, 700).Select(i => RunScript.Step(i, RunScript.Spec())));
        using (RunHistory history = Open())
        {
            history.Add(RunScript.Summary(Id));
            history.Append(Id, events, new Bookmark(1, ""));
        }

        using (var database = new LiteDB.LiteDatabase(_folder["studio.db"]))
        {
            LiteDB.ILiteCollection<LiteDB.BsonDocument> chunks = database.GetCollection("steps");
            foreach (LiteDB.BsonDocument chunk in chunks.FindAll().ToList())
            {
                Assert.Equal(14 * 8 * chunk["rows"].AsInt32, chunk["data"].AsBinary.Length);
                chunk.Remove("rows");
                chunks.Update(chunk);
            }
        }

        using RunHistory again = Open();
        Assert.Equal(AsJson(events), AsJson(again.Events(Id, 1, int.MaxValue)));
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

        history.Append(Id, [.. events.Select((e, i) => e with { Number = i + 1, Time = RunScript.Start.AddSeconds(seconds[i]) })], Bookmark.Start);

        Assert.Equal(5, history.Find(Id)!.Elapsed);
        Assert.Equal([1.0, 5.0], history.Series(Id, new SeriesRequest([Metric.Loss], Axis.Seconds)).Curves[0].X);
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

        foreach ((Axis axis, double[] x) in new[] { (Axis.Step, new double[] { 100, 200, 300 }), (Axis.Epoch, [2, 4, 6]), (Axis.Examples, [1600, 3200, 4800]) })
        {
            Curve curve = history.Series(Id, new SeriesRequest([Metric.ValidAccuracy], axis)).Curves[0];
            Assert.Equal(x, curve.X);
            Assert.Equal(3, curve.Y.Count);
        }
    }

    [Fact]
    public void Series_LossThatTheRecipeLacks_IsEmptyAndOneThatDiverged_IsAGap()
    {
        RunSpec spec = RunScript.Spec() with { ModelType = RecipeNames.Standard };
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(Id, RunScript.Numbered([RunScript.Step(1, spec), RunScript.Step(2, spec) with { Loss = double.NaN }]), Bookmark.Start);

        IReadOnlyList<Curve> curves = history.Series(Id, new SeriesRequest([Metric.RationaleLoss, Metric.Loss, Metric.ExamplesPerSecond])).Curves;

        Assert.Equal((0, 0), (curves[0].X.Count, curves[0].Total));
        Assert.Equal([RunScript.Step(1, spec).Loss, null], curves[1].Y);
        Assert.Equal([64.0, 64.0], curves[2].Y);
        Assert.True(double.IsNaN(Assert.IsType<Progressed>(history.Events(Id, 2)[0]).Loss));
    }

    [Fact]
    public void SamplesAndLog_AreFoundByStepAndFromTheEnd()
    {
        RunSpec spec = RunScript.Spec(300);
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(Id, RunScript.Numbered([.. RunScript.Whole(spec), .. Enumerable.Range(0, 500).Select(i => new Logged(LogSeverity.Warning, $"line {i}"))]), Bookmark.Start);

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

    [Theory]
    [InlineData("garbage")]
    [InlineData("zeroes")]
    [InlineData("cut")]
    public void Open_DamagedFile_IsSetAsideAndANewOneBegun(string damage)
    {
        using (RunHistory history = Open())
        {
            history.Add(RunScript.Summary(Id));
            history.Append(Id, RunScript.Numbered(RunScript.Whole(RunScript.Spec(2000))), Bookmark.Start);
        }

        byte[] file = File.ReadAllBytes(_folder["studio.db"]);
        switch (damage)
        {
            case "garbage":
                new Random(1).NextBytes(file);
                break;
            case "zeroes":
                file.AsSpan(0, 8192).Clear();
                break;
            default:
                file = file[..(file.Length / 2)];
                break;
        }

        File.WriteAllBytes(_folder["studio.db"], file);

        using RunHistory again = Open();
        Assert.Empty(again.ListRuns());
        Assert.Single(Directory.GetFiles(_folder.Path, "studio.db.damaged-*"));
        again.Add(RunScript.Summary(Id));
        again.Append(Id, RunScript.Numbered(RunScript.Whole(RunScript.Spec(10))), Bookmark.Start);
        Assert.Equal(10, again.Find(Id)!.Rows);
    }

    [Fact]
    public async Task Save_FileDamagedWhileOpen_BeginsAnewAndAsksForEverythingAgain()
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(RunScript.Whole(RunScript.Spec(20_000)));
        using (RunHistory filled = Open())
        {
            filled.Add(RunScript.Summary(Id));
            filled.Append(Id, events, new Bookmark(7, ""));
        }

        // Every page but the first few, which hold the header and the table of runs.
        byte[] file = File.ReadAllBytes(_folder["studio.db"]);
        file.AsSpan(file.Length / 10).Fill(0xA5);
        File.WriteAllBytes(_folder["studio.db"], file);
        using RunHistory history = Open();
        var rewound = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        history.Changed += change => _ = change.IsRewound && rewound.TrySetResult();

        if (history.Find(Id) is not null)
        {
            _ = history.Series(Id, new SeriesRequest([Metric.Loss])); // meets the damage
            await rewound.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            Assert.Equal(Bookmark.Start, history.BookmarkOf(Id));
        }

        history.Add(RunScript.Summary(Id));
        history.Append(Id, events, new Bookmark(7, ""));
        await history.FlushAsync();
        Assert.Equal(20_000, history.Series(Id, new SeriesRequest([Metric.Loss])).Curves[0].Total);
        Assert.NotEmpty(Directory.GetFiles(_folder.Path, "studio.db.damaged-*"));
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
                    long evaluations = events.Take((int)series.LastNumber).Count(e => e is Evaluated);
                    Assert.Equal(evaluations, series.Curves[1].Total);
                    Assert.Equal(events.Take((int)series.LastNumber).Count(e => e is Progressed), series.Curves[0].Total);

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

    private static string AsJson(IReadOnlyList<RunEvent> events) => System.Text.Json.JsonSerializer.Serialize(events, EngineJson.Events);

    private RunHistory Open() => new(_folder["studio.db"], TimeProvider.System, NullLogger<RunHistory>.Instance);

    [Fact]
    public async Task Open_FileIsHeldByAnotherProgram_RunsAreKnownFromTheirFoldersAndSavedOnceItIsFree()
    {
        string id;
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync())
        {
            id = bench.Desk.Launch(RunScript.Spec(20));
            await Eventually.Holds(() => bench.StateOf(id) == RunState.Finished);
        }

        var held = new FileStream(_folder.Home.Database, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync())
        {
            await Eventually.Holds(() => bench.History.Find(id)?.Rows == 20);
            string next = bench.Desk.Launch(RunScript.Spec(20));
            await Eventually.Holds(() => bench.StateOf(next) == RunState.Finished);
            var rewound = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            bench.History.Changed += change => _ = change.IsRewound && rewound.TrySetResult();
            await held.DisposeAsync();
            await rewound.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            await Eventually.Holds(() => bench.History.ListRuns().All(run => run.Rows == 20));
            await bench.History.FlushAsync();
        }

        using var history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
        Assert.Equal([20, 20], history.ListRuns().Select(run => run.Rows));
        Assert.All(history.ListRuns(), run => Assert.Equal(22, history.Events(run.Id, 1).Count));
        Assert.Empty(Directory.GetFiles(_folder.Path, "studio.db.damaged-*"));
    }
}
