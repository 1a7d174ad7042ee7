using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using LiteDB;

namespace DistillStudio.History;

/// <summary>
/// The file <c>studio.db</c>. Allows one instance per process and one writing thread: parallel writers damage LiteDB 5 files. Reads
/// are thread-safe. Keys are strings compared byte by byte, so that one key range contains one run.
/// </summary>
internal sealed class StudioDatabase : IDisposable
{
    private const string Json = "json";
    private const string BookmarkJson = "bookmark";
    private const string Data = "data";
    private const string RowCount = "rows";
    private const string FoldRules = "rules";

    /// <summary>Number of columns of a chunk written before the row count was stored with it.</summary>
    private const int ColumnsBefore = 14;

    private static readonly Type[] Kinds = [typeof(EvaluationCompleted), typeof(Sampled), typeof(Logged), typeof(RunEvent)];

    private readonly LiteDatabase _database;
    private readonly ILiteCollection<BsonDocument> _runs;
    private readonly ILiteCollection<BsonDocument> _chunks;
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
        _chunks = _database.GetCollection("steps");
        _events = _database.GetCollection("events");
        CreateCollections();
    }

    /// <summary>Kinds under which events other than steps are stored; the last contains all that match no other kind.</summary>
    public static IReadOnlyList<Type> EventKinds => Kinds;

    /// <summary>Reads all runs, and one document of each other collection to detect damage.</summary>
    public IReadOnlyList<StoredRun> LoadRuns()
    {
        _ = _chunks.FindOne(Query.All());
        _ = _events.FindOne(Query.All());
        return
        [
            .. _runs.FindAll().Select(document => new StoredRun(
                Parse<RunSummary>(document[Json].AsString),
                Parse<Bookmark>(document[BookmarkJson].AsString),
                document[FoldRules] is { IsInt32: true } rules ? rules.AsInt32 : 0)),
        ];
    }

    /// <summary>Reads a chunk; returns null if there is no such chunk.</summary>
    public StepChunk? LoadChunk(string runId, int index) =>
        _chunks.FindById(ChunkKey(runId, index)) is { } document ? ChunkOf(document[Data].AsBinary, document[RowCount]) : null;

    /// <summary>Reads at most <paramref name="max"/> events in order, from number <paramref name="fromNumber"/>.</summary>
    /// <param name="kind">One of <see cref="EventKinds"/>.</param>
    public IReadOnlyList<RunEvent> LoadEvents(string runId, Type kind, long fromNumber, int max) =>
    [
        .. _events
            .Find(Query.Between("_id", EventKey(runId, kind, fromNumber), EventKey(runId, kind, long.MaxValue)), limit: max)
            .Select(document => Parse<RunEvent>(document[Json].AsString)),
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
            new[] { _runs, _chunks, _events }.ExceptBy(_database.GetCollectionNames(), c => c.Name))
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
            _chunks.DeleteMany(ofRun);
            _events.DeleteMany(ofRun);
            _runs.Delete(save.RunId);
        }

        if (save.Run is not { } run)
        {
            return;
        }

        _events.Upsert(save.Events.Select(e => new BsonDocument { ["_id"] = EventKey(save.RunId, KindOf(e), e.Number), [Json] = Text(e) }));
        _chunks.Upsert(
            save.Chunks.Select(
                c => new BsonDocument { ["_id"] = ChunkKey(save.RunId, c.Index), [Data] = c.Chunk.ToBytes(), [RowCount] = c.Chunk.Count }));
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

    private static StepChunk ChunkOf(byte[] bytes, BsonValue rows) =>
        StepChunk.FromBytes(bytes, rows.IsInt32 ? rows.AsInt32 : bytes.Length / (ColumnsBefore * sizeof(double)));

    private static string ChunkKey(string runId, int index) => $"{runId}/{index:D10}";

    private static string EventKey(string runId, Type kind, long number) => $"{runId}/{Array.IndexOf(Kinds, kind)}/{number:D19}";

    private static string Text<T>(T value) => System.Text.Json.JsonSerializer.Serialize(value, EngineJson.Events);

    private static T Parse<T>(string text) =>
        System.Text.Json.JsonSerializer.Deserialize<T>(text, EngineJson.Events)
            ?? throw new InvalidDataException("A document of studio.db holds null.");
}
