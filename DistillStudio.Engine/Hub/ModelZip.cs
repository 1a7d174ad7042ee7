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
/// Takes a model's files out of a zip archive that may come from anywhere. Only files of a model are taken, by their plain names; bytes are
/// counted and checked as they come.
/// </summary>
internal static class ModelZip
{
    private const int MostEntries = 10_000;
    private const long LargestSmallFile = 256L * ByteSize.MB;

    /// <param name="path">The archive; the model is at its top or in one folder of it.</param>
    /// <param name="target">A folder that exists.</param>
    /// <exception cref="InputException">The archive is damaged, or holds no model or several.</exception>
    /// <exception cref="StudioException">The disk has too little room.</exception>
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
            throw new InputException($"{path} is no zip archive, or a damaged one ({e.Message.TrimEnd('.')}); pack or copy it again.", e);
        }
        catch (NotSupportedException e)
        {
            throw new InputException($"{path} is packed in a way that cannot be read ({e.Message.TrimEnd('.')}); pack it again.", e);
        }
    }

    /// <summary>Returns the files in the folder of the one config, by name.</summary>
    private static Dictionary<string, ZipArchiveEntry> Beside(string path, ZipArchive zip)
    {
        if (zip.Entries.Count > MostEntries)
        {
            throw new InputException($"{path} holds {zip.Entries.Count:N0} files, where a model has a dozen; "
                + $"pack the model's folder alone.");
        }

        ZipArchiveEntry[] configs = [.. zip.Entries.Where(entry => entry.Name == T5ConfigFile.FileName)];
        if (configs.Length != 1)
        {
            throw new InputException(configs.Length == 0
                ? $"{path} holds no {T5ConfigFile.FileName}, so no model; pack the model's folder."
                : $"{path} holds {configs.Length} models "
                    + $"({string.Join(", ", configs.Take(3).Select(entry => FileText.Text(entry.FullName)))}); pack one alone.");
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
            throw new InputException($"{path}: {tooLarge} has {ByteSize.Format(files[tooLarge].Length)}, as no model's has; "
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
        new($"{path}: {entry.Name} is damaged, its content is not what the archive says; pack or copy it again.");
}
