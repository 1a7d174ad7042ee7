using System.IO.Compression;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using ICSharpCode.SharpZipLib.Checksum;

namespace DistillStudio.Engine.Hub;

/// <summary>
/// Extracts a model's files from an untrusted zip archive: only files of a model, by their plain names. Counts and checks the bytes as they
/// are read.
/// </summary>
internal static class ModelZip
{
    private const int MostEntries = 10_000;
    private const long LargestSmallFile = 256L * ByteSize.MB;

    /// <param name="path">The archive; the model is at its top or in one folder of it.</param>
    /// <param name="target">A folder that exists.</param>
    /// <exception cref="InputException">The archive is damaged, or holds no model or several.</exception>
    /// <exception cref="StudioException">The disk has too little free space.</exception>
    public static IReadOnlyList<OriginFile> Extract(string path, string target, Action<ModelProgress>? progress, CancellationToken stop)
    {
        try
        {
            using FileStream file = PlainFile.OpenRead(path);
            using var zip = new ZipArchive(file, ZipArchiveMode.Read);
            return Extract(path, Beside(path, zip), target, progress, stop);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path} is not a zip archive, or is damaged ({e.Message.TrimEnd('.')}); pack or copy it again.", e);
        }
        catch (NotSupportedException e)
        {
            throw new InputException($"{path} is packed in an unsupported way ({e.Message.TrimEnd('.')}); pack it again.", e);
        }
    }

    /// <summary>Returns the files in the folder of the one config, by name.</summary>
    private static Dictionary<string, ZipArchiveEntry> Beside(string path, ZipArchive zip)
    {
        if (zip.Entries.Count > MostEntries)
        {
            throw new InputException($"{path} holds {zip.Entries.Count:N0} files, whereas a model has a dozen; "
                + $"pack only the model's folder.");
        }

        ZipArchiveEntry[] configs = [.. zip.Entries.Where(entry => entry.Name == T5ConfigFile.FileName)];
        if (configs.Length != 1)
        {
            throw new InputException(configs.Length == 0
                ? $"{path} holds no {T5ConfigFile.FileName}, so it is not a model; pack the model's folder."
                : $"{path} holds {configs.Length} models "
                    + $"({string.Join(", ", configs.Take(3).Select(entry => FileText.Text(entry.FullName)))}); pack only one.");
        }

        string folder = configs[0].FullName[..^T5ConfigFile.FileName.Length];
        var files = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        foreach (ZipArchiveEntry entry in zip.Entries.Where(entry => entry.Name.Length > 0 && entry.FullName == folder + entry.Name))
        {
            if (entry.IsEncrypted)
            {
                throw new InputException($"{path}: {FileText.Text(entry.Name)} is encrypted; pack the model without a password.");
            }

            if (!files.TryAdd(entry.Name, entry))
            {
                throw new InputException($"{path} holds {FileText.Text(entry.Name)} twice; pack the model again.");
            }
        }

        return files;
    }

    private static List<OriginFile> Extract(
        string path, Dictionary<string, ZipArchiveEntry> files, string target, Action<ModelProgress>? progress, CancellationToken stop)
    {
        string? weights = HubFiles.Weights.FirstOrDefault(files.ContainsKey);
        string[] small =
        [
            .. HubFiles.Optional.Prepend(T5ConfigFile.FileName).Append(HuggingFaceFolder.SettingsName)
                .Concat(weights is not null && HubFiles.IsIndex(weights) ? [weights] : []).Where(files.ContainsKey),
        ];
        if (small.FirstOrDefault(name => files[name].Length > LargestSmallFile) is { } tooLarge)
        {
            throw new InputException($"{path}: {tooLarge} has {ByteSize.Format(files[tooLarge].Length)}, more than in any model; "
                + $"pack the model again.");
        }

        DiskSpace.Require(target, small.Sum(name => files[name].Length));
        var copied = new List<OriginFile>();
        foreach (string name in small)
        {
            copied.Add(Copy(path, files[name], target, _ => { }, stop));
        }

        string[] parts = weights is null ? [] : !HubFiles.IsIndex(weights) ? [weights]
            : [.. ShardedWeights.FilesIn(Path.Combine(target, weights)).Where(files.ContainsKey)];
        long total = parts.Aggregate(
            0L, (sum, name) => files[name].Length > long.MaxValue - sum ? long.MaxValue : sum + files[name].Length);
        DiskSpace.Require(target, total);
        long done = 0;
        foreach (string name in parts)
        {
            copied.Add(Copy(path, files[name], target, bytes => progress?.Invoke(new("unpacking", done += bytes, total)), stop));
        }

        return copied;
    }

    private static OriginFile Copy(string path, ZipArchiveEntry entry, string target, Action<long> progress, CancellationToken stop)
    {
        var crc = new Crc32();
        long left = entry.Length;
        using Stream packed = entry.Open();
        OriginFile file = FileCopy.Copy(packed, Path.Combine(target, entry.Name), progress, stop, block =>
        {
            left -= block.Count;
            crc.Update(block);
            if (left < 0)
            {
                throw Damaged(path, entry);
            }
        });
        return left == 0 && crc.Value == entry.Crc32 ? file : throw Damaged(path, entry);
    }

    private static InputException Damaged(string path, ZipArchiveEntry entry) =>
        new($"{path}: {entry.Name} is damaged: its content does not match the archive's record of it; pack or copy it again.");
}
