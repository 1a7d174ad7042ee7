using DistillStudio.Live;

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
    private readonly Throttle _throttle;
    private bool _isRead;
    private string? _state;

    /// <param name="presence">Whether the page is visible.</param>
    /// <param name="time">The clock.</param>
    /// <param name="folder">The folder, which may be missing.</param>
    /// <param name="changed">Called from any thread.</param>
    public FolderWatch(PagePresence presence, TimeProvider time, string folder, Func<Task> changed)
    {
        (_presence, _folder, _changed) = (presence, folder, changed);
        _throttle = new Throttle(time, () => Interval, ReadAsync) { IsHeld = !presence.IsWatched };
        presence.Changed += OnPresence;
        _throttle.Signal();
    }

    public void Dispose()
    {
        _presence.Changed -= OnPresence;
        _throttle.Dispose();
    }

    private void OnPresence(bool isWatched) => _throttle.IsHeld = !isWatched;

    private async Task ReadAsync()
    {
        string? state = StateOf(_folder);
        bool hasChanged = _isRead && state != _state;
        (_isRead, _state) = (true, state);
        if (hasChanged)
        {
            await _changed();
        }

        _throttle.Signal();
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
