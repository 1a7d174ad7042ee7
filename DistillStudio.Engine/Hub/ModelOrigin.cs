using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>A file of a model as it was brought in.</summary>
/// <param name="IsVerified">True if its SHA-256 agreed with one that the hub stated.</param>
public sealed record OriginFile(string Name, long Bytes, string Sha256, bool IsVerified);

/// <summary>Where a model in the home came from: <c>source.json</c> in its folder.</summary>
/// <param name="Source">The hub's address, or the snapshot in the cache of the Hugging Face libraries.</param>
/// <param name="Name">Its name on the hub.</param>
/// <param name="Revision">The branch, tag or commit asked for.</param>
/// <param name="Commit">The commit that the hub named; null if it named none.</param>
public sealed record ModelOrigin(
    string Source, string Name, string Revision, string? Commit, DateTimeOffset At, IReadOnlyList<OriginFile> Files)
{
    public const string FileName = "source.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    internal void Write(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json));
}
