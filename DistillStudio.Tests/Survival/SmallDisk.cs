namespace DistillStudio.Tests.Survival;

/// <summary>A tmpfs of its own.</summary>
internal sealed class SmallDisk : IDisposable
{
    public SmallDisk(string path, int megabytes)
    {
        Path = path;
        Directory.CreateDirectory(path);
        RootShell.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path);
    }

    public string Path { get; }

    /// <summary>To the last byte; returns the file that does it.</summary>
    public string Fill()
    {
        string filler = System.IO.Path.Combine(Path, "filler");
        using var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (byte[] piece = new byte[1 << 20]; piece.Length > 0;)
        {
            try
            {
                file.Write(piece);
            }
            catch (IOException)
            {
                piece = new byte[piece.Length / 2];
            }
        }

        return filler;
    }

    public void MakeReadOnly() => RootShell.Run("mount", "-o", "remount,ro", Path);

    public void Dispose() => RootShell.Run("umount", "-l", Path);
}
