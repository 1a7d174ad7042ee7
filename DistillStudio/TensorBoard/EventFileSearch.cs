using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.TensorBoard;

/// <summary>Searches a folder for TensorBoard's event files, at any depth but not without end.</summary>
internal static class EventFileSearch
{
    /// <summary>More folders than any folder of logs has; a whole disk has more.</summary>
    public const int MostFolders = 20_000;

    private const string NamePart = "tfevents";

    /// <summary>Folders of the system without files of users; endless or slow to read.</summary>
    private static readonly string[] OfSystem = ["/proc", "/sys", "/dev"];

    private static readonly EnumerationOptions Entries = new(); // skips hidden ones, and those that may not be read

    /// <summary>
    /// Returns the event files, those of higher folders first. Links are followed, since a folder of links is a usual way to choose runs;
    /// a folder or file that several paths lead to is returned once.
    /// </summary>
    /// <param name="root">The folder.</param>
    /// <param name="progress">Receives the number of folders searched and of files found so far.</param>
    /// <param name="stop">Checked between folders.</param>
    /// <param name="mostFolders">Maximum folders searched.</param>
    /// <exception cref="InputException">There are more folders.</exception>
    public static IReadOnlyList<string> Find(
        string root, Action<int, int> progress, CancellationToken stop, int mostFolders = MostFolders)
    {
        root = Path.GetFullPath(root);
        var files = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { Links.Resolve(root) };
        var folders = new Queue<(string Path, string Real)>([(root, Links.Resolve(root))]);
        for (int searched = 0; folders.TryDequeue(out (string Path, string Real) folder); progress(++searched, files.Count))
        {
            stop.ThrowIfCancellationRequested();
            if (searched == mostFolders)
            {
                throw new InputException($"{root} holds more than {Format.Count(mostFolders)} folders; name the one with the event files.");
            }

            foreach (FileSystemInfo entry in EntriesOf(folder.Path))
            {
                string real = entry.LinkTarget is null ? Path.Combine(folder.Real, entry.Name) : Links.Resolve(entry.FullName);
                bool isFolder = entry is DirectoryInfo;
                if ((isFolder ? OfSystem.Contains(real) : !entry.Name.Contains(NamePart, StringComparison.Ordinal)) || !seen.Add(real))
                {
                    continue;
                }

                if (isFolder)
                {
                    folders.Enqueue((entry.FullName, real));
                }
                else
                {
                    files.Add(entry.FullName);
                }
            }
        }

        return files;
    }

    private static FileSystemInfo[] EntriesOf(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).GetFileSystemInfos("*", Entries);
        }
        catch (DirectoryNotFoundException)
        {
            return []; // deleted since it was found
        }
    }
}
