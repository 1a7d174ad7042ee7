using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.History;

/// <summary>A database that is damaged, older or held by another program costs nobody a run.</summary>
public sealed class RunHistoryDamageTests : HistoryTest
{
    /// <summary>Earlier programs stored a chunk's first columns in one document, at first without the number of its rows.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Database_OfAnOlderProgram_ReadsAsItWasAndGoesOn(bool hasRows)
    {
        IReadOnlyList<RunEvent> events = RunScript.Numbered(Enumerable.Range(1, 1500).Select(i => RunScript.Step(i, RunScript.Spec())));
        using (RunHistory history = Open())
        {
            history.Add(RunScript.Summary(Id));
            history.Append(Id, [.. events.Take(700)], new Bookmark(1, ""));
        }

        using (var database = new LiteDB.LiteDatabase(_folder["studio.db"]))
        {
            LiteDB.ILiteCollection<LiteDB.BsonDocument> chunks = database.GetCollection("steps");
            LiteDB.ILiteCollection<LiteDB.BsonDocument> details = database.GetCollection("step_details");
            foreach (LiteDB.BsonDocument chunk in chunks.FindAll().ToList())
            {
                IEnumerable<(int Index, byte[] Values)> columns = ColumnsOf(chunk).Concat(ColumnsOf(details.FindById(chunk["_id"])));
                chunk["data"] = columns.OrderBy(column => column.Index).SelectMany(column => column.Values).ToArray();
                Assert.Equal(14 * 8 * chunk["rows"].AsInt32, chunk["data"].AsBinary.Length);
                chunk.Remove("columns");
                _ = hasRows || chunk.Remove("rows");
                chunks.Update(chunk);
            }

            database.DropCollection("step_details");
        }

        using (RunHistory again = Open())
        {
            Assert.Equal(700, again.Series(Id, new SeriesRequest([Metric.Loss, Metric.LearningRate])).Curves[1].Total);
            Assert.Equal(AsJson([.. events.Take(700)]), AsJson(again.Events(Id, 1, int.MaxValue)));
            again.Append(Id, [.. events.Skip(700)], new Bookmark(2, ""));
        }

        using RunHistory later = Open();
        Assert.Equal(1500, later.Series(Id, new SeriesRequest([Metric.Loss])).Curves[0].Total);
        Assert.Equal(AsJson(events), AsJson(later.Events(Id, 1, int.MaxValue)));
    }

    /// <summary>A summary that earlier rules made may name another evaluation as the best: the run's events are read again.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public void Database_OfEarlierRules_IsReadAgainFromTheEvents(int? rules)
    {
        RunEvent[] events = [.. RunScript.Numbered([RunScript.Valid(100, 0.5), RunScript.Valid(200, 0.5) with { LabelLoss = 0.5 }])];
        using (RunHistory history = Open())
        {
            history.Add(RunScript.Summary(Id, RunState.Finished) with { Name = "mine" });
            history.Append(Id, [.. events.Take(1)], new Bookmark(7, "x"));
        }

        using (var database = new LiteDB.LiteDatabase(_folder["studio.db"]))
        {
            LiteDB.ILiteCollection<LiteDB.BsonDocument> runs = database.GetCollection("runs");
            LiteDB.BsonDocument run = runs.FindById(Id);
            run["rules"] = rules is { } number ? new LiteDB.BsonValue(number) : LiteDB.BsonValue.Null;
            runs.Update(run);
        }

        using RunHistory again = Open();
        Assert.Equal((Bookmark.Start, null, "mine"), (again.BookmarkOf(Id), again.Find(Id)!.BestValidStep, again.Find(Id)!.Name));
        again.Append(Id, events, new Bookmark(9, ""));
        Assert.Equal(200, again.Find(Id)!.BestValidStep);
        Assert.Equal(AsJson(events), AsJson(again.Events(Id, 1)));
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
    public async Task Open_FileIsHeldByAnotherProgram_RunsAreKnownFromTheirFoldersAndSavedOnceItIsFree()
    {
        string id;
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync())
        {
            id = bench.Manager.Launch(RunScript.Spec(20));
            await Eventually.Holds(() => bench.StateOf(id) == RunState.Finished);
        }

        var held = new FileStream(_folder.Home.Database, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await using (Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync())
        {
            await Eventually.Holds(() => bench.History.Find(id)?.Rows == 20);
            string next = bench.Manager.Launch(RunScript.Spec(20));
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

    private static IEnumerable<(int Index, byte[] Values)> ColumnsOf(LiteDB.BsonDocument chunk)
    {
        int[] columns = [.. Enumerable.Range(0, 32).Where(column => (chunk["columns"].AsInt32 & (1 << column)) != 0)];
        byte[][] values = [.. chunk["data"].AsBinary.Chunk(8 * chunk["rows"].AsInt32)];
        return columns.Zip(values);
    }
}
