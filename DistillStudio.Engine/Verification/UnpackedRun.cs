using System.IO.Compression;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Verification;

/// <summary>
/// A run's folder in a ZIP file, extracted into a private temporary folder until disposed. Nothing is written outside that folder, and
/// archives that would fill the disk are rejected.
/// </summary>
public sealed class UnpackedRun : IDisposable
{
    private const int MostEntries = 10_000;

    /// <summary>Bytes to which any archive may expand.</summary>
    private const long AlwaysAllowed = 256L << 20;

    /// <summary>Extracted bytes per byte of the archive, beyond <see cref="AlwaysAllowed"/>: weights hardly shrink, events about
    /// tenfold.</summary>
    private const int HighestRatio = 50;

    /// <summary>Bytes of the disk that are kept free.</summary>
    private const long LeftFree = 64L << 20;

    private const int UnixTypeShift = 16;
    private const int UnixTypeMask = 0xF000;
    private const int UnixFile = 0x8000;
    private const int UnixFolder = 0x4000;

    private readonly string _path;
    private readonly string _place;

    private UnpackedRun(string path, string place) => (_path, _place) = (path, place);

    /// <summary>The run's folder: the extracted folder itself, or the one folder in it that holds a run.</summary>
    public RunFolder Folder { get; private set; } = null!;

    /// <exception cref="InputException">The file is not a ZIP file, is damaged or hostile, or holds no run; nothing is left
    /// behind.</exception>
    public static UnpackedRun Open(string path)
    {
        var archive = new UnpackedRun(path, Directory.CreateTempSubdirectory("distillstudio-verify-").FullName);
        try
        {
            archive.Extract();
            archive.Folder = RunFolder.Open(archive.FindRun());
            return archive;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            archive.Dispose();
            throw new InputException($"{path} cannot be unpacked ({e.Message.TrimEnd('.')}); pack the run's folder as a ZIP file "
                + $"again.", e);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    private void Extract()
    {
        using FileStream file = PlainFile.OpenRead(_path);
        long limit = AlwaysAllowed + (file.Length * HighestRatio);
        using var archive = new ZipArchive(file, ZipArchiveMode.Read);
        if (archive.Entries.Count > MostEntries)
        {
            throw Refuse($"it holds {Format.Count(archive.Entries.Count)} files, more than any run has");
        }

        limit = Math.Min(limit, new DriveInfo(_place).AvailableFreeSpace - LeftFree);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            string target = TargetOf(entry);
            if (entry.FullName.EndsWith('/'))
            {
                Directory.CreateDirectory(target);
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            limit -= Copy(entry, target, limit);
        }
    }

    /// <summary>Returns the path of an entry below the temporary folder.</summary>
    private string TargetOf(ZipArchiveEntry entry)
    {
        string name = entry.FullName;
        int type = (entry.ExternalAttributes >> UnixTypeShift) & UnixTypeMask;
        string[] parts = name.TrimEnd('/').Split('/');
        if (parts.Any(part => part is "" or "." or ".." || part.AsSpan().ContainsAny('\\', ':', '\0')))
        {
            throw Refuse($"it holds \"{name}\", a name that leads out of the folder");
        }

        return type is 0 or UnixFile or UnixFolder
            ? Path.Combine([_place, .. parts])
            : throw Refuse($"it holds \"{name}\", which is a link or a device");
    }

    /// <summary>Copies an entry and counts its bytes: the size that an archive states may be false.</summary>
    private long Copy(ZipArchiveEntry entry, string target, long limit)
    {
        long copied = 0;
        byte[] piece = new byte[1 << 16];
        using Stream source = entry.Open();
        AtomicFile.Write(target, stream =>
        {
            for (int read; (read = source.Read(piece)) > 0; copied += read)
            {
                if (copied + read > limit)
                {
                    throw Refuse("it unpacks to more than a run of its size could, or than the disk can hold");
                }

                stream.Write(piece, 0, read);
            }
        });
        return copied;
    }

    private string FindRun()
    {
        string[] candidates = [.. Directory.GetDirectories(_place).Prepend(_place).Where(RunFolder.IsOne)];
        return candidates switch
        {
            [string run] => run,
            [] => throw new InputException($"{_path} holds no run; pack a run's folder, with its {RunFolder.SpecName} and "
                + $"{RunFolder.EventsName}."),
            _ => throw new InputException($"{_path} holds {candidates.Length} runs; pack only one run's folder."),
        };
    }

    private InputException Refuse(string why) => new($"{_path} is refused: {why}; pack the run's folder as a ZIP file again.");
}
