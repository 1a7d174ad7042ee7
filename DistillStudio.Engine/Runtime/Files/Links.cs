using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>Links in a folder that came from elsewhere: what is written through one lands wherever it points.</summary>
public static class Links
{
    private const int MostEntries = 10_000;
    private const int MostHops = 40; // as many as Linux follows

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

    /// <summary>The same place with every link in its path followed, as far as it exists.</summary>
    /// <param name="path">Absolute.</param>
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

    /// <summary>The first part of the path that is a link, what follows it, and where it points to.</summary>
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
