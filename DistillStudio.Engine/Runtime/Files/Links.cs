
namespace DistillStudio.Engine.Runtime.Files;

/// <summary>Finds and resolves symbolic links, because a write through a link in a foreign folder goes wherever it points.</summary>
public static class Links
{
    private const int MostEntries = 10_000;
    private const int MostHops = 40; // the same as Linux

    /// <summary>
    /// Returns the first link that the folder is or contains, at any depth; null if there is none. Links are not followed.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be read, or contains more entries than any run.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the folder is not permitted.</exception>
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

    /// <summary>Returns the path with every link in it resolved, as far as it exists.</summary>
    /// <param name="path">An absolute path.</param>
    public static string Resolve(string path)
    {
        for (int hop = 0; hop < MostHops; hop++)
        {
            if (FirstInPath(path) is not var (link, after, target))
            {
                break;
            }

            path = Path.Combine(Path.GetFullPath(target, Path.GetDirectoryName(link)!), after);
        }

        return path;
    }

    /// <summary>Returns the first part of the path that is a link, the remainder after it, and its target.</summary>
    private static (string Link, string After, string Target)? FirstInPath(string path)
    {
        string root = Path.GetPathRoot(path)!;
        string above = root;
        foreach (string part in path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            above = Path.Combine(above, part);
            if (new DirectoryInfo(above).LinkTarget is { } target)
            {
                return (above, path[above.Length..].TrimStart(Path.DirectorySeparatorChar), target);
            }
        }

        return null;
    }

    private static bool IsLink(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
}
