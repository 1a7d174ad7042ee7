using System.IO.Compression;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using ICSharpCode.SharpZipLib.Checksum;

namespace DistillStudio.Engine.Import;

/// <summary>
/// Extracts one dataset's files from the original's archive or folder. Does not trust the archive: builds the paths itself, refuses links
/// and encrypted entries, and counts the bytes as they are read.
/// </summary>
internal static class PublishedArchive
{
    private const long LargestDataset = 16L * ByteSize.GB;
    private const int MostEntries = 200_000;

    /// <summary>Text shrinks to a twentieth at most; an archive that unpacks to far more is meant to fill the disk.</summary>
    private const long LargestRatio = 200;
    private const long HarmlessBytes = 64L * ByteSize.MB;

    private const int BlockBytes = 1 << 17;
    private const int LinkType = 0xA000;
    private const int TypeBits = 0xF000;
    private const int UnixModeShift = 16;

    /// <summary>Copies the dataset's files into a data folder.</summary>
    /// <param name="path">A zip archive, or a folder at any height above the files.</param>
    /// <param name="progress">Called with the bytes written; may be null.</param>
    /// <returns>Number of files; 0 if the archive has none of this dataset.</returns>
    /// <exception cref="InputException">The archive is damaged or hostile.</exception>
    public static int Extract(string path, string dataset, string dataDir, Action<long>? progress, CancellationToken stop)
    {
        try
        {
            return Directory.Exists(path)
                ? CopyFolder(path, dataset, dataDir, progress, stop)
                : ExtractZip(path, dataset, dataDir, progress, stop);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path} is not a zip archive, or is damaged ({e.Message.TrimEnd('.')}); download it again.", e);
        }
    }

    private static int CopyFolder(string path, string dataset, string dataDir, Action<long>? progress, CancellationToken stop)
    {
        // The dataset's own folder may be named as well as one above it.
        string parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) ?? path;
        string root = Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) == dataset ? parent : path;
        var entries = new List<(string Target, string File)>();
        foreach (string file in
            Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 }))
        {
            if (OriginalFiles.Target(Path.GetRelativePath(root, file).Replace('\\', '/'), dataset) is { } target)
            {
                entries.Add((target, file));
            }
        }

        RequireOnce(path, entries.Select(entry => entry.Target));
        long written = 0;
        foreach ((string target, string file) in entries)
        {
            using FileStream source = PlainFile.OpenRead(file, limit: LargestDataset);
            written += Copy(path, source, dataDir, target, long.MaxValue, crc: null, bytes => progress?.Invoke(written + bytes), stop);
        }

        return entries.Count;
    }

    private static int ExtractZip(string path, string dataset, string dataDir, Action<long>? progress, CancellationToken stop)
    {
        using FileStream file = SourceStream.OpenRaw(path);
        using var archive = new ZipArchive(file, ZipArchiveMode.Read);
        if (archive.Entries.Count > MostEntries)
        {
            throw Hostile(path, $"has {archive.Entries.Count:N0} entries");
        }

        var wanted = new List<(string Target, ZipArchiveEntry Entry)>();
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            string name = entry.FullName.Replace('\\', '/');
            if (name.Split('/').Contains("..") || name.StartsWith('/') || name.Contains(':', StringComparison.Ordinal))
            {
                throw Hostile(path, $"has the entry \"{Shown(name)}\", which leads out of it");
            }

            if (OriginalFiles.Target(name, dataset) is not { } target)
            {
                continue;
            }

            if (((entry.ExternalAttributes >> UnixModeShift) & TypeBits) == LinkType || entry.IsEncrypted)
            {
                throw Hostile(path, $"has the entry \"{Shown(name)}\", which is {(entry.IsEncrypted ? "encrypted" : "a link")}");
            }

            wanted.Add((target, entry));
        }

        RequireOnce(path, wanted.Select(entry => entry.Target));
        long written = 0;
        foreach ((string target, ZipArchiveEntry entry) in wanted)
        {
            using Stream source = entry.Open();
            long limit = Math.Max(HarmlessBytes, entry.CompressedLength * LargestRatio);
            written +=
                Copy(
                    path, source, dataDir, target, Math.Min(limit, LargestDataset - written), entry.Crc32,
                    bytes => progress?.Invoke(written + bytes), stop);
        }

        return wanted.Count;
    }

    private static long Copy(
        string path, Stream source, string dataDir, string target, long limit, uint? crc, Action<long> progress, CancellationToken stop)
    {
        string place = Path.Combine(dataDir, target);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        using FileStream file = File.Create(place);
        byte[] block = new byte[BlockBytes];
        var sum = new Crc32();
        long written = 0;
        for (int read; (read = source.Read(block)) > 0; progress(written))
        {
            stop.ThrowIfCancellationRequested();
            written += read;
            if (written > limit)
            {
                throw Hostile(path, $"unpacks {target} to more than {ByteSize.Format(limit)}");
            }

            file.Write(block, 0, read);
            sum.Update(new ArraySegment<byte>(block, 0, read));
        }

        return crc is null || crc == sum.Value ? written : throw new InvalidDataException($"the checksum of {target} is wrong");
    }

    private static void RequireOnce(string path, IEnumerable<string> targets)
    {
        if (targets.GroupBy(target => target).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InputException($"{path} holds {twice.Key} twice; name the folder that holds it once.");
        }
    }

    private static InputException Hostile(string path, string what) =>
        new($"{path} {what}, so nothing was extracted; download the archive from its publisher.");

    private static string Shown(string name) => name.Length <= 80 ? name : name[..80] + "…";
}
