using DistillStudio.Engine.Runs;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.History;

public sealed class HistoryStoreTests : IDisposable
{
    private const int Rounds = 30;
    private const int Readers = 4;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Pages may be drawn while the studio stops.</summary>
    [Fact]
    public async Task Dispose_WhileOthersRead_ClosesTheFileAndReadsFindNothing()
    {
        for (int round = 0; round < Rounds; round++)
        {
            var store = new HistoryStore(_folder[$"{round}.db"], TimeProvider.System, NullLogger.Instance);
            using var reading = new CountdownEvent(Readers);
            Task[] readers =
            [
                .. Enumerable.Range(0, Readers).Select(_ => Task.Run(() =>
                {
                    store.Read(_ => reading.Signal(), false);
                    while (store.Read(_ => true, false))
                    {
                    }
                })),
            ];
            reading.Wait(TestContext.Current.CancellationToken);

            store.Dispose();

            await Task.WhenAll(readers);
            Assert.False(store.Read(_ => true, false));
        }
    }

    /// <summary>More pages than LiteDB caches: it then reuses those that others are about to read.</summary>
    [Fact]
    public async Task Read_ManyThreadsBesideTheWriter_FindsWhatWasWritten()
    {
        const int ChunksPerRun = 200, Runs = 6;
        using var store = new HistoryStore(_folder["studio.db"], TimeProvider.System, NullLogger.Instance);
        store.Save([Chunks(0, ChunksPerRun)]);
        int written = 1;
        Task[] readers =
        [
            .. Enumerable.Range(0, Readers).Select(reader => Task.Run(() =>
            {
                var random = new Random(reader);
                while (Volatile.Read(ref written) < Runs)
                {
                    int run = random.Next(Volatile.Read(ref written)), index = random.Next(ChunksPerRun);
                    StepChunk read = store.Read(database => database.LoadChunks(Id(run), StepParts.All, index, 1)[index], new StepChunk());
                    Assert.Equal(StepChunk.Capacity, read.Count);
                    Assert.Equal(Step(run, index), read.EventAt(StepChunk.Capacity - 1));
                }
            })),
        ];
        for (; written < Runs; written++)
        {
            for (int first = 0; first < ChunksPerRun; first += 20)
            {
                Assert.Equal(SaveOutcome.Saved, store.Save([Chunks(written, 20, first)]));
            }
        }

        await Task.WhenAll(readers);
        Assert.False(store.IsDamaged);
    }

    private static string Id(int run) => $"run-{run}";

    private static StepCompleted Step(int run, int index) =>
        RunScript.Step((run * 1000) + index, RunScript.Spec()) with { Number = index, Time = RunScript.Start };

    private static RunSave Chunks(int run, int count, int first = 0) => new(
        Id(run), Clear: false, new StoredRun(RunScript.Summary(Id(run)), Bookmark.Start),
        [.. Enumerable.Range(first, count).Select(index => (index, Chunk(run, index)))], []);

    private static StepChunk Chunk(int run, int index)
    {
        var chunk = new StepChunk();
        while (!chunk.IsFull)
        {
            chunk.Add(Step(run, index), elapsed: 1);
        }

        return chunk;
    }
}
