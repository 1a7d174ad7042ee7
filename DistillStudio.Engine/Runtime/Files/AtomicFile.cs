
namespace DistillStudio.Engine.Runtime.Files;

/// <summary>Writes files atomically: to a temporary file in the same place, flushed to disk, then renamed.</summary>
public static class AtomicFile
{
    public static void WriteAllText(string path, string text) =>
        Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.Write(text);
        });

    /// <summary>Calls <paramref name="write"/> on a stream whose content appears at <paramref name="path"/> once it is complete.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
#pragma warning disable RS0030 // creates a new file
            using (var stream = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
#pragma warning restore RS0030
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
