namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// A hidden folder in which one process builds something before it is moved to its place. Deleted when disposed; if the process was killed,
/// by the next one that creates such a folder there.
/// </summary>
public sealed class TransientFolder : IDisposable
{
    private const string LockEnding = ".lock";

    private readonly FileLock _lock;

    private TransientFolder(string path, FileLock held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>Creates an empty folder, and deletes those that killed processes left.</summary>
    /// <param name="parent">An existing folder.</param>
    /// <param name="purpose">Begins the name: <c>.purpose-…</c>.</param>
    /// <exception cref="IOException">The parent cannot be written, or remains in it cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing to the parent is not permitted.</exception>
    public static TransientFolder Create(string parent, string purpose)
    {
        DeleteAbandoned(parent, $".{purpose}-");
        string path = System.IO.Path.Combine(parent, $".{purpose}-{Guid.NewGuid():N}");
        FileLock held = FileLock.TryTake(path + LockEnding) ?? throw new IOException("its lock is taken");
        try
        {
            Directory.CreateDirectory(path);
            return new(path, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the next one tries again
        }

        _lock.Dispose();
    }

    private static void DeleteAbandoned(string parent, string start)
    {
        foreach (string folder in Directory.EnumerateDirectories(parent, start + "*"))
        {
            if (!FileLock.IsHeld(folder + LockEnding))
            {
                Directory.Delete(folder, recursive: true);
                File.Delete(folder + LockEnding);
            }
        }
    }
}
