using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Token ids of training rows in a folder that several processes share, such as the jobs of a cluster: the first to need them tokenizes,
/// the others wait and read. A file is named after all that its content depends on, so it is never out of date.
/// </summary>
/// <param name="folder">Created when needed.</param>
/// <param name="mostBytes">The least recently used files are deleted when all together are larger.</param>
public sealed class TokenStore(string folder, long mostBytes = 10L << 30)
{
    private const string Extension = ".tokens";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Returns the tasks of each training row, in the rows' order.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="encoder">Encodes a row if no process has done so.</param>
    /// <param name="settings">All that the result depends on besides the rows: tokenizer, method and lengths.</param>
    /// <param name="stop">Ends the wait and the work.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be used.</exception>
    internal EncodedTask?[][] Get(
        IReadOnlyList<TrainingRow> rows, Func<TrainingRow, EncodedTask?[]> encoder, string settings, CancellationToken stop)
    {
        PrivateFiles.MakeFolder(folder);
        string path = Path.Combine(folder, KeyOf(rows, settings) + Extension);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            if (Find(path, rows.Count) is { } known)
            {
                return known;
            }

            using FileLock? taken = FileLock.TryTake(path + ".lock");
            if (taken is null)
            {
                stop.WaitHandle.WaitOne(Pause);
            }
            else
            {
                return Find(path, rows.Count) ?? Add(path, rows, encoder, stop);
            }
        }
    }

    private static EncodedTask?[][]? Find(string path, int count)
    {
        EncodedTask?[][]? known = TokenFile.Read(path, count);
        if (known is not null)
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow); // used last
        }

        return known;
    }

    private EncodedTask?[][] Add(
        string path, IReadOnlyList<TrainingRow> rows, Func<TrainingRow, EncodedTask?[]> encoder, CancellationToken stop)
    {
        var tasks = new EncodedTask?[rows.Count][];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = stop }, i => tasks[i] = encoder(rows[i]));
        TokenFile.Write(path, tasks);
        long bytes = 0;
        foreach (FileInfo file in new DirectoryInfo(folder).GetFiles("*" + Extension).OrderByDescending(file => file.LastWriteTimeUtc))
        {
            bytes += file.Length;
            if (bytes > mostBytes && file.FullName != path)
            {
                file.Delete();
            }
        }

        return tasks;
    }

    private static string KeyOf(IReadOnlyList<TrainingRow> rows, string settings)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(settings);
        foreach (TrainingRow row in rows)
        {
            Append(row.Input);
            Append(row.Label);
            foreach (string? rationale in row.Rationales)
            {
                Append(rationale);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(string? text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text ?? "");
            hash.AppendData(BitConverter.GetBytes(text is null ? -1 : bytes.Length));
            hash.AppendData(bytes);
        }
    }
}
