using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>What people and the queue add to a run, kept as <c>studio.json</c> in its folder, so that nothing is lost with the database.</summary>
internal sealed record RunSidecar
{
    private const string FileName = "studio.json";
    private const int LargestFile = 16 << 20; // notes may be long

    public string? Name { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public string Notes { get; init; } = "";

    public string? Group { get; init; }

    public int? Color { get; init; }

    public int? QueueOrder { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public static RunSidecar Of(RunSummary run) => new()
    {
        Name = run.Name,
        Tags = run.Tags,
        Notes = run.Notes,
        Group = run.Group,
        Color = run.Color,
        QueueOrder = run.QueueOrder,
        DeletedAt = run.DeletedAt,
    };

    /// <summary>Null where the folder has none, or one that cannot be read.</summary>
    public static RunSidecar? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<RunSidecar>(PlainFile.ReadAllText(PathIn(folder), LargestFile), EngineJson.Spec);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(string folder) => AtomicFile.WriteAllText(PathIn(folder), JsonSerializer.Serialize(this, EngineJson.Spec));

    public RunSummary ApplyTo(RunSummary run) => run with
    {
        Name = Name,
        Tags = Tags,
        Notes = Notes,
        Group = Group,
        Color = Color,
        QueueOrder = QueueOrder,
        DeletedAt = DeletedAt,
    };

    private static string PathIn(string folder) => Path.Combine(folder, FileName);
}
