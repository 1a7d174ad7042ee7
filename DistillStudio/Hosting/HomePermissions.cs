using System.IO.Enumeration;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Hosting;

/// <summary>
/// Removes other users' read permission from a home that an earlier version, a copy or a looser umask left readable. The home and
/// its direct entries are restricted before the studio starts; the contents of the runs, studies, teachers and keys folders follow in the
/// background, since there may be many files. Datasets and models are the user's own files: only their folders are restricted.
/// </summary>
internal sealed class HomePermissions(StudioHome home, ILogger<HomePermissions> log) : BackgroundService
{
    private static readonly EnumerationOptions Everything =
        new() { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };

    private int _closed;
    private int _refused;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        CloseTop();
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => CloseBelow(stoppingToken), stoppingToken);

    private static bool IsOwn(FileSystemInfo entry) =>
        entry.Name is "datasets" or "models" or "runs" or "studies" or "teachers" or "keys" or "appsettings.json"
        || entry.Name.StartsWith("studio", StringComparison.Ordinal);

    private void CloseTop()
    {
        FileSystemInfo[] entries =
            [.. new DirectoryInfo(home.Path).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 })];

        // A folder that also holds unrelated files, such as a user's home directory or /tmp, keeps its mode.
        if (entries.All(IsOwn))
        {
            Close(Directory.ResolveLinkTarget(home.Path, returnFinalTarget: true) ?? new DirectoryInfo(home.Path));
        }

        foreach (FileSystemInfo entry in entries.Where(IsOwn))
        {
            Close(entry);
        }
    }

    private void CloseBelow(CancellationToken stop)
    {
        foreach (string folder in new[] { Path.Combine(home.Path, "keys"), home.Runs, home.Studies, home.Teachers }.Where(IsFolder))
        {
            var below = new FileSystemEnumerable<FileSystemInfo>(
                folder, (ref FileSystemEntry entry) => entry.ToFileSystemInfo(), Everything)
            {
                ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            };
            foreach (FileSystemInfo entry in below)
            {
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                Close(entry);
            }
        }

        if (_closed > 0)
        {
            log.LogWarning(
                "{Closed} of the files and folders in {Home} could be read by other users; now only their owner can.", _closed, home.Path);
        }

        if (_refused > 0)
        {
            log.LogWarning(
                "{Refused} of the files and folders in {Home} can be read by other users, and this user may not change that.", _refused,
                home.Path);
        }
    }

    private static bool IsFolder(string path) => new DirectoryInfo(path) is { Exists: true, LinkTarget: null };

    private void Close(FileSystemInfo entry)
    {
        try
        {
            _closed += PrivateFiles.Close(entry) ? 1 : 0;
        }
        catch (UnauthorizedAccessException)
        {
            _refused++;
        }
        catch (IOException)
        {
            // The entry was removed concurrently, or the file system does not support modes.
        }
    }
}
