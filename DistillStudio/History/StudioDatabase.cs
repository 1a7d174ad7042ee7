using System.Globalization;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using LiteDB;

namespace DistillStudio.History;

/// <summary>
/// The file <c>studio.db</c>. Allows one instance per process and one thread at a time: LiteDB 5 reuses a cached page while another
/// thread is about to read it, which damages what is read and, beside a writer, the file. Keys are strings compared byte by byte, so that
/// one key range contains one run.
/// </summary>
internal sealed class StudioDatabase : IDisposable
{
    private const string Json = "json";
    private const string BookmarkJson = "bookmark";
    private const string Data = "data";
    private const string RowCount = "rows";
    private const string StoredColumns = "columns";
    private const string FoldRules = "rules";

    /// <summary>Number of columns of a chunk written before the row count was stored with it.</summary>
    private const int ColumnsBefore = 14;

    private static readonly Type[] Kinds = [typeof(EvaluationCompleted), typeof(Sampled), typeof(Logged), typeof(RunEvent)];

    private readonly LiteDatabase _database;
    private readonly ILiteCollection<BsonDocument> _runs;
    private readonly (StepParts Part, ILiteCollection<BsonDocument> Collection)[] _chunks;
    private readonly ILiteCollection<BsonDocument> _events;

    /// <summary>Opens or creates the file.</summary>
    /// <exception cref="IOException">The file cannot be read or written, or another program uses it.</exception>
    /// <exception cref="UnauthorizedAccessException">The user has no access to the file.</exception>
    /// <remarks>Any other exception means that the file is damaged.</remarks>
    public StudioDatabase(string path)
    {
        _database = new LiteDatabase(
            new ConnectionString { Filename = path, Connection = ConnectionType.Direct, Collation = Collation.Binary });
        _runs = _database.GetCollection("runs");
        _chunks = [(StepParts.Losses, _database.GetCollection("steps")), (StepParts.Details, _database.GetCollection("step_details"))];
        _events = _database.GetCollection("events");
        CreateCollections();
    }

    private IEnumerable<ILiteCollection<BsonDocument>> Collections => [_runs, .. _chunks.Select(stored => stored.Collection), _events];

    /// <summary>Kinds under which events other than steps are stored; the last contains all that match no other kind.</summary>
    public static IReadOnlyList<Type> EventKinds => Kinds;

    /// <summary>Reads all runs, and one document of each other collection to detect damage.</summary>
    public IReadOnlyList<StoredRun> LoadRuns()
    {
        foreach (ILiteCollection<BsonDocument> collection in Collections)
        {
            _ = collection.FindOne(Query.All());
        }

        return
        [
            .. _runs.FindAll().Select(document => new StoredRun(
                Parse<RunSummary>(document[Json].AsString),
                Parse<Bookmark>(document[BookmarkJson].AsString),
                document[FoldRules] is { IsInt32: true } rules ? rules.AsInt32 : 0)),
        ];
    }

    /// <summary>Reads consecutive chunks.</summary>
    /// <param name="parts">The parts to read; the chunks of earlier programs have all parts, and are found under the losses.</param>
    /// <returns>The chunks that exist, by index.</returns>
    public IReadOnlyDictionary<int, StepChunk> LoadChunks(string runId, StepParts parts, int first, int count)
    {
        Dictionary<int, StepChunk> chunks = [];
        foreach ((StepParts part, ILiteCollection<BsonDocument> collection) in _chunks.Where(stored => parts.HasFlag(stored.Part)))
        {
            BsonExpression range = Query.Between("_id", ChunkKey(runId, first), ChunkKey(runId, first + count - 1));
            foreach (BsonDocument document in collection.Find(range))
            {
                StepChunk chunk = ChunkOf(document, part);
                int index = ChunkIndex(document["_id"].AsString);
                chunks[index] = chunks.TryGetValue(index, out StepChunk? known) ? known.With(chunk) : chunk;
            }
        }

        return chunks;
    }

    /// <summary>Reads at most <paramref name="max"/> events in order, from number <paramref name="fromNumber"/>.</summary>
    /// <param name="kind">One of <see cref="EventKinds"/>.</param>
    public IReadOnlyList<RunEvent> LoadEvents(string runId, Type kind, long fromNumber, int max) =>
    [
        .. _events
            .Find(Query.Between("_id", EventKey(runId, kind, fromNumber), EventKey(runId, kind, long.MaxValue)), limit: max)
            .Select(document => Parse<RunEvent>(document[Json].AsString)),
    ];

    /// <summary>Reads where a run has samples, in order, without reading the samples.</summary>
    public IReadOnlyList<SampledAt> LoadSampledAt(string runId) =>
    [
        .. _events
            .Find(Query.Between("_id", EventKey(runId, typeof(Sampled), 0), EventKey(runId, typeof(Sampled), long.MaxValue)))
            .Select(document => System.Text.Json.JsonSerializer.Deserialize<SampledAt>(
                document[Json].AsString, System.Text.Json.JsonSerializerOptions.Web)),
    ];

    /// <summary>Reads the last <paramref name="max"/> events of a kind, in order.</summary>
    public IReadOnlyList<RunEvent> LoadLastEvents(string runId, Type kind, int max)
    {
        var query = new Query { Order = Query.Descending, Limit = max };
        query.Where.Add(Query.Between("_id", EventKey(runId, kind, 0), EventKey(runId, kind, long.MaxValue)));
        query.OrderBy = "$._id";
        List<RunEvent> found = [.. _events.Find(query).Select(document => Parse<RunEvent>(document[Json].AsString))];
        found.Reverse();
        return found;
    }

    /// <summary>Writes all saves in one transaction.</summary>
    public void Save(IReadOnlyList<RunSave> saves)
    {
        _database.BeginTrans();
        try
        {
            foreach (RunSave save in saves)
            {
                Save(save);
            }

            _database.Commit();
        }
        catch
        {
            _database.Rollback();
            throw;
        }
    }

    /// <summary>Transfers the log into the file. Call it while there are few reads; otherwise the log grows.</summary>
    public void Checkpoint() => _database.Checkpoint();

    public void Dispose() => _database.Dispose();

    /// <summary>
    /// Creates the collections before any read: LiteDB exposes a collection to readers while its first page is still being written.
    /// </summary>
    private void CreateCollections()
    {
        foreach (ILiteCollection<BsonDocument> collection in
            Collections.ExceptBy(_database.GetCollectionNames(), c => c.Name))
        {
            collection.Delete(collection.Insert(new BsonDocument { ["_id"] = "" }));
        }
    }

    private void Save(RunSave save)
    {
        if (save.Clear)
        {
            // '0' follows '/' in character order: matches every key that begins with the id and a slash.
            BsonExpression ofRun = Query.And(Query.GTE("_id", save.RunId + "/"), Query.LT("_id", save.RunId + "0"));
            foreach (ILiteCollection<BsonDocument> collection in Collections.Except([_runs]))
            {
                collection.DeleteMany(ofRun);
            }

            _runs.Delete(save.RunId);
        }

        if (save.Run is not { } run)
        {
            return;
        }

        _events.Upsert(save.Events.Select(e => new BsonDocument { ["_id"] = EventKey(save.RunId, KindOf(e), e.Number), [Json] = Text(e) }));
        foreach ((StepParts part, ILiteCollection<BsonDocument> collection) in _chunks)
        {
            collection.Upsert(save.Chunks.Select(c => DocumentOf(save.RunId, c.Index, c.Chunk, part)));
        }

        _runs.Upsert(
            new BsonDocument
            {
                ["_id"] = save.RunId,
                [Json] = Text(run.Summary),
                [BookmarkJson] = Text(run.Bookmark),
                [FoldRules] = run.Rules,
            });
    }

    public static Type KindOf(RunEvent happened) => Kinds.First(kind => kind.IsInstanceOfType(happened));

    private static BsonDocument DocumentOf(string runId, int index, StepChunk chunk, StepParts part)
    {
        (int columns, byte[] bytes) = chunk.ToBytes(part);
        return new() { ["_id"] = ChunkKey(runId, index), [Data] = bytes, [RowCount] = chunk.Count, [StoredColumns] = columns };
    }

    private static StepChunk ChunkOf(BsonDocument document, StepParts part)
    {
        byte[] bytes = document[Data].AsBinary;
        if (document[StoredColumns] is { IsInt32: true } columns)
        {
            return StepChunk.FromBytes(part, columns.AsInt32, bytes, document[RowCount].AsInt32);
        }

        // Earlier programs stored the first columns in one document, at first without the row count.
        int count = document[RowCount] is { IsInt32: true } rows ? rows.AsInt32 : bytes.Length / (ColumnsBefore * sizeof(double));
        int stored = count > 0 ? bytes.Length / (count * sizeof(double)) : 0;
        return StepChunk.FromBytes(StepParts.All, (1 << Math.Min(stored, StepColumn.All.Length)) - 1, bytes, count);
    }

    private static string ChunkKey(string runId, int index) => $"{runId}/{index:D10}";

    private static int ChunkIndex(string key) => int.Parse(key.AsSpan(key.Length - 10), CultureInfo.InvariantCulture);

    private static string EventKey(string runId, Type kind, long number) => $"{runId}/{Array.IndexOf(Kinds, kind)}/{number:D19}";

    private static string Text<T>(T value) => System.Text.Json.JsonSerializer.Serialize(value, EngineJson.Events);

    private static T Parse<T>(string text) =>
        System.Text.Json.JsonSerializer.Deserialize<T>(text, EngineJson.Events)
            ?? throw new InvalidDataException("A document of studio.db holds null.");
}
