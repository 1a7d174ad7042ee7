namespace DistillStudio.Components.Interactivity;

/// <summary>
/// Notifies a page when the files of a folder change, as another process, such as a terminal, changes them. Reads names, sizes and times
/// every two seconds and not while the page is hidden; the file system's own notifications do not arrive from other machines.
/// </summary>
public sealed class FolderWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private static readonly EnumerationOptions All = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = 4,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.None,
    };

    private readonly PagePresence _presence;
    private readonly string _folder;
    private readonly Func<Task> _changed;
    private readonly PeriodicTimer _timer;

    /// <param name="presence">Whether the page is visible.</param>
    /// <param name="time">The clock.</param>
    /// <param name="folder">The folder, which may be missing.</param>
    /// <param name="changed">Called from any thread.</param>
    public FolderWatch(PagePresence presence, TimeProvider time, string folder, Func<Task> changed)
    {
        (_presence, _folder, _changed, _timer) = (presence, folder, changed, new(Interval, time));
        _ = Task.Run(WatchAsync);
    }

    public void Dispose() => _timer.Dispose();

    private async Task WatchAsync()
    {
        string? state = StateOf(_folder);
        while (await _timer.WaitForNextTickAsync())
        {
            if (!_presence.IsWatched)
            {
                continue;
            }

            string? before = state;
            state = StateOf(_folder);
            if (state != before)
            {
                await _changed();
            }
        }
    }

    /// <summary>Returns null for a folder that is missing or cannot be read.</summary>
    private static string? StateOf(string folder)
    {
        try
        {
            return string.Join('\n', new DirectoryInfo(folder).EnumerateFileSystemInfos("*", All)
                .Select(entry => $"{entry.FullName}|{(entry as FileInfo)?.Length}|{entry.LastWriteTimeUtc.Ticks}")
                .Order(StringComparer.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
