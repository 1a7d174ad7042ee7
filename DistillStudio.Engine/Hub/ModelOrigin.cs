using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>A file of a model as it was imported.</summary>
/// <param name="IsVerified">True if its SHA-256 matched one stated by the hub.</param>
public sealed record OriginFile(string Name, long Bytes, string Sha256, bool IsVerified);

/// <summary>Where a model in the home came from: <c>source.json</c> in its folder.</summary>
/// <param name="Source">The hub's address, the snapshot in the cache of the Hugging Face libraries, or the folder or archive that was
/// imported.</param>
/// <param name="Name">Its name on the hub, or in the home if it was imported.</param>
/// <param name="Revision">The branch, tag or commit requested; empty if it was imported.</param>
/// <param name="Commit">The commit that the hub named; null if it named none.</param>
public sealed record ModelOrigin(
    string Source, string Name, string Revision, string? Commit, DateTimeOffset At, IReadOnlyList<OriginFile> Files)
{
    public const string FileName = "source.json";

    private const int LargestFile = 4 << 20;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads where a model came from; null if there is no readable record.</summary>
    public static ModelOrigin? Read(string folder)
    {
        try
        {
            string path = Path.Combine(folder, FileName);
            return File.Exists(path) ? PlainFile.ReadJson<ModelOrigin>(path, LargestFile, Json) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    internal void Write(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json));
}
