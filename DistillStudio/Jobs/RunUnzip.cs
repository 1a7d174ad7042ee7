using System.IO.Compression;
using System.IO.Hashing;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Exports;

namespace DistillStudio.Jobs;

/// <summary>
/// Unpacks an archive of <see cref="RunZip"/> that may come from anywhere: only plain relative names, no links, no more bytes than the
/// archive declares and the disk has, each file against its checksum.
/// </summary>
internal static class RunUnzip
{
    private const int MostFiles = 10_000; // as many as a run may hold
    private const int LongestName = 200;
    private const int MostFolders = 8;
    private const string FurtherCharacters = "-_. +=(),@'";
    private const long SmallArchive = 100 << 20;
    private const int MostExpansion = 100; // event files shrink to a tenth, weights hardly

    /// <summary>Files that only matter to the process that wrote the run, and those that <see cref="RunZip"/> computes.</summary>
    private static readonly string[] LeftOut =
        [RunLock.FileName, "attempts.json", RunCsv.StepsName, RunCsv.EvaluationsName, RunCsv.GapsName];

    /// <param name="path">The archive.</param>
    /// <param name="target">An empty folder.</param>
    /// <param name="stop">Checked within files.</param>
    /// <returns>Names of the runs' folders in <paramref name="target"/>.</returns>
    /// <exception cref="InputException">The archive is damaged, unsafe, or holds something else.</exception>
    public static IReadOnlyList<string> Extract(string path, string target, CancellationToken stop)
    {
        try
        {
            using FileStream file = PlainFile.OpenRead(path);
            using var zip = new ZipArchive(file, ZipArchiveMode.Read);
            ZipArchiveEntry[] files = [.. zip.Entries.Where(entry => !entry.FullName.EndsWith('/'))];
            RequireSafe(path, files, target);
            foreach (ZipArchiveEntry entry in files.Where(entry => !IsLeftOut(entry.FullName)))
            {
                Extract(path, entry, Path.Combine(target, entry.FullName), stop);
            }

            return [.. files.Select(entry => entry.FullName.Split('/')[0]).Distinct()];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path} does not exist; name an archive that `runs export` wrote.", e);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path} is not a zip archive, or is damaged ({e.Message.TrimEnd('.')}); export the run again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InputException($"{path} cannot be unpacked: {e.Message.TrimEnd('.')}; nothing was imported.", e);
        }
    }

    private static void RequireSafe(string path, ZipArchiveEntry[] files, string target)
    {
        if (files.Length is 0 or > MostFiles)
        {
            throw new InputException(
                $"{path} holds {files.Length:N0} files, where a run has 2 to {MostFiles:N0}; name an archive that `runs export` wrote.");
        }

        if (files.FirstOrDefault(entry => !IsSafe(entry.FullName)) is { } odd)
        {
            throw new InputException(
                $"{path} holds a file called \"{Shown(odd.FullName)}\", which is no file in a run's folder; "
                    + $"name an archive that `runs export` wrote.");
        }

        if (files.GroupBy(entry => entry.FullName, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InputException($"{path} holds {Shown(twice.Key)} twice; export the run again.");
        }

        if (files.FirstOrDefault(entry => entry.IsEncrypted) is { } locked)
        {
            throw new InputException($"{path}: {locked.FullName} is encrypted; pack it without a password.");
        }

        long bytes = files.Aggregate(0L, (sum, entry) => entry.Length > long.MaxValue - sum ? long.MaxValue : sum + entry.Length);
        if (bytes > SmallArchive && bytes / MostExpansion > new FileInfo(path).Length)
        {
            throw new InputException(
                $"{path} would expand more than a hundredfold, to {ByteSize.Format(bytes)}, as no run does; "
                    + $"name an archive that `runs export` wrote.");
        }

        long free = new DriveInfo(Path.GetFullPath(target)).AvailableFreeSpace;
        if (bytes > free)
        {
            throw new InputException(
                $"{path} needs {ByteSize.Format(bytes)}, and {target} has {ByteSize.Format(free)} left; free some space, "
                    + $"or export the run without --weights.");
        }
    }

    /// <summary>Returns true for a relative path of a file in a folder, without anything that a file system reads in its own way.</summary>
    private static bool IsSafe(string name) => name.Split('/') is { Length: > 1 and <= MostFolders } parts && parts.All(IsSafePart);

    private static bool IsSafePart(string part) =>
        part.Length is > 0 and <= LongestName
        && part[0] != '.'
        && part[^1] is not ('.' or ' ')
        && part.All(c => char.IsLetterOrDigit(c) || FurtherCharacters.Contains(c, StringComparison.Ordinal));

    private static bool IsLeftOut(string name) =>
        (name.Split('/') is [_, var file] && LeftOut.Contains(file)) || name.EndsWith(".tmp", StringComparison.Ordinal);

    private static void Extract(string path, ZipArchiveEntry entry, string target, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using Stream packed = entry.Open();
#pragma warning disable RS0030 // creates a new file
        using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
#pragma warning restore RS0030
        var crc = new Crc32();
        byte[] buffer = new byte[1 << 16];
        long left = entry.Length;
        for (int read; (read = packed.Read(buffer)) > 0; left -= read)
        {
            stop.ThrowIfCancellationRequested();
            if (read > left)
            {
                break;
            }

            crc.Append(buffer.AsSpan(0, read));
            file.Write(buffer, 0, read);
        }

        if (left != 0 || crc.GetCurrentHashAsUInt32() != entry.Crc32)
        {
            throw new InputException(
                $"{path}: {entry.FullName} is damaged, its content is not what the archive says; copy or export it again. "
                    + $"Nothing was imported.");
        }
    }

    private static string Shown(string name) => new([.. name.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);
}
