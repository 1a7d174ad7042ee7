namespace DistillStudio.Engine.Runtime;

/// <summary>Links in a folder that came from elsewhere: what is written through one lands wherever it points.</summary>
public static class Links
{
    private const int MostEntries = 10_000;

    /// <summary>The first link that the folder is or holds, at any depth; null where there is none. Links are not followed.</summary>
    /// <exception cref="IOException">It cannot be read, or holds more entries than any run.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public static string? FirstIn(string folder)
    {
        if (IsLink(new DirectoryInfo(folder)))
        {
            return folder;
        }

        var folders = new Queue<string>([folder]);
        int seen = 0;
        while (folders.TryDequeue(out string? next))
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(next).EnumerateFileSystemInfos())
            {
                if (IsLink(entry))
                {
                    return entry.FullName;
                }

                if (++seen > MostEntries)
                {
                    throw new IOException($"{folder} holds more than {MostEntries:N0} files");
                }

                if (entry is DirectoryInfo)
                {
                    folders.Enqueue(entry.FullName);
                }
            }
        }

        return null;
    }

    private static bool IsLink(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
}
