using System.Text.Json;
using System.Text.Json.Serialization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// A run's user-supplied data, queue position and place on a cluster, stored as <c>studio.json</c> in its folder, so that they survive
/// a loss of the database.
/// </summary>
internal sealed record RunSidecar
{
    private const string FileName = "studio.json";
    private const int MaxBytes = 16 << 20; // notes may be long
    private const int FurthestPlace = 1_000_000; // queue order, positive or negative
    private const int MostColors = 1_000_000;

    public string? Name { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public string Notes { get; init; } = "";

    public string? Group { get; init; }

    public int? Color { get; init; }

    public int? QueueOrder { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunOrigin? Origin { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunPlacement? Placement { get; init; }

    public static RunSidecar Of(RunSummary run) => new()
    {
        Name = run.Name,
        Tags = run.Tags,
        Notes = run.Notes,
        Group = run.Group,
        Color = run.Color,
        QueueOrder = run.QueueOrder,
        DeletedAt = run.DeletedAt,
        Origin = run.Origin,
        Placement = run.Placement,
    };

    /// <summary>
    /// Reads the sidecar; returns null if the folder has none. Overlong texts are truncated, the queue order is clamped, and an
    /// invalid colour is dropped.
    /// </summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static RunSidecar? Read(string folder)
    {
        try
        {
            return PlainFile.ReadJson<RunSidecar>(PathIn(folder), MaxBytes, EngineJson.Spec).Cut();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            string why = e is JsonException ? "it is not JSON of this kind" : e.Message.TrimEnd('.');
            throw new InputException($"{PathIn(folder)} cannot be read ({why}); restore the file, or remove it, "
                + $"which takes the run's name, tags and notes away.", e);
        }
    }

    /// <summary>Returns where a run is placed; null for this machine, and if that cannot be read.</summary>
    public static RunPlacement? PlacementOf(string folder)
    {
        try
        {
            return Read(folder)?.Placement;
        }
        catch (InputException)
        {
            return null;
        }
    }

    /// <summary>Returns true for the folder of a run that a user has deleted and that is not removed yet; false if that cannot be
    /// read.</summary>
    public static bool IsDeleted(string folder)
    {
        try
        {
            return Read(folder)?.DeletedAt is not null;
        }
        catch (InputException)
        {
            return false;
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
        Origin = Origin,
        Placement = Placement is { Job.Folder: { } folder } && IsCopy(folder, run.Folder) ? null : Placement,
    };

    /// <summary>Returns true if a run's folder was copied from another one that is still there.</summary>
    private static bool IsCopy(string original, string folder)
    {
        if (original == folder)
        {
            return false;
        }

        try
        {
            using FileStream file = PlainFile.OpenRead(Path.Combine(original, RunFolder.SpecName));
            return !PlainFile.IsStillAt(Path.Combine(folder, RunFolder.SpecName), file.SafeFileHandle); // a link leads to the same file
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // moved
        }
    }

    private RunSidecar Cut() => this with
    {
        Name = string.IsNullOrWhiteSpace(Name) ? null : SettingLimits.CutName(Name),
        Tags = [.. Tags.OfType<string>().Take(SettingLimits.MostTags).Select(SettingLimits.CutName)],
        Notes = SettingLimits.Cut(Notes, SettingLimits.LongestNotes),
        Group = Group is null ? null : SettingLimits.CutName(Group),
        Color = Color is >= 0 and < MostColors ? Color : null,
        Origin = Origin is { File: { } file, Id: { } id }
            ? Origin with { File = SettingLimits.CutName(file), Id = SettingLimits.CutName(id) }
            : null,
        Placement = Placement is { Profile: { } profile } ? Placement with { Profile = SettingLimits.CutName(profile) } : null,
        QueueOrder = QueueOrder is { } order ? Math.Clamp(order, -FurthestPlace, FurthestPlace) : null,
    };

    private static string PathIn(string folder) => Path.Combine(folder, FileName);
}
