using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>Downloads one model's files into a staging folder, several at a time. Files already there are not requested
/// again.</summary>
internal sealed class ModelTransfer(
    Downloader downloader, HubAddress hub, ModelStaging staging, string name, string revision, Action<ModelProgress>? progress)
    : IDisposable
{
    private const int Connections = 4;
    private const long LargestSmallFile = 256L * ByteSize.MB;
    private const int LargestIndex = 16 << 20;

    private readonly SemaphoreSlim _connections = new(Connections);
    private readonly ConcurrentDictionary<string, DownloadProgress> _progress = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, OriginFile> _files = new(StringComparer.Ordinal);
    private readonly string? _authorization = hub.Authorization();
    private string? _cached;
    private long? _shardBytes;

    /// <summary>The commit that the hub named with the config; null if it named none.</summary>
    public string? Commit { get; private set; }

    public IReadOnlyList<OriginFile> Files => [.. _files.Values.OrderBy(file => file.Name, StringComparer.Ordinal)];

    private string ConfigPath => staging.Path + ".config";

    /// <summary>Downloads the config next to the folder, and returns what distinguishes this version of the model from others.</summary>
    /// <exception cref="DownloadRefusedException">There is none.</exception>
    public async Task<string> GetConfigAsync(CancellationToken stop)
    {
        DownloadResult result = await DownloadAsync(T5ConfigFile.FileName, ConfigPath, LargestSmallFile, stop);
        Commit = result.Commit;
        _files[T5ConfigFile.FileName] = new(T5ConfigFile.FileName, result.Bytes, result.Sha256, result.IsVerified);
        _cached = Commit is null ? null : HubCache.Find(name, Commit);
        return $"{Commit} {result.Sha256}";
    }

    /// <summary>Moves the downloaded config into the folder.</summary>
    public void PlaceConfig() => File.Move(ConfigPath, PathOf(T5ConfigFile.FileName), overwrite: true);

    /// <summary>Downloads a file that may be absent.</summary>
    /// <returns>False if the hub has no such file.</returns>
    public Task<bool> TryAsync(string file, CancellationToken stop) => TryAsync(file, LargestSmallFile, stop);

    /// <summary>Downloads the weights in the first format that the hub has.</summary>
    /// <returns>False if the hub has none that can be read.</returns>
    /// <exception cref="InputException">Parts of them are missing.</exception>
    public async Task<bool> GetWeightsAsync(CancellationToken stop)
    {
        foreach (string file in HubFiles.Weights)
        {
            if (!await TryAsync(file, HubFiles.IsIndex(file) ? LargestIndex : long.MaxValue, stop))
            {
                continue;
            }

            if (HubFiles.IsIndex(file))
            {
                await GetShardsAsync(file, stop);
            }

            return true;
        }

        return false;
    }

    public void Dispose()
    {
        File.Delete(ConfigPath);
        _connections.Dispose();
    }

    private async Task GetShardsAsync(string index, CancellationToken stop)
    {
        IReadOnlyList<string> shards;
        try
        {
            shards = ShardedWeights.FilesIn(PathOf(index));
        }
        catch (InputException e)
        {
            InputException renamed = staging.Rename(e, name);
            File.Delete(PathOf(index));
            throw renamed;
        }

        _shardBytes = StatedBytes(PathOf(index));
        DiskSpace.Require(staging.Path, (_shardBytes ?? 0) - shards.Sum(BytesThere));
        bool[] found = await Task.WhenAll(shards.Select(shard => TryAsync(shard, long.MaxValue, stop)));
        if (Array.IndexOf(found, false) is >= 0 and int missing)
        {
            throw new InputException($"{name} has no {shards[missing]}, which its {index} names, so it is incomplete; "
                + $"choose another revision or model.");
        }
    }

    private async Task<bool> TryAsync(string file, long limit, CancellationToken stop)
    {
        string path = PathOf(file);
        await _connections.WaitAsync(stop);
        try
        {
            if (File.Exists(path))
            {
                // Left by an earlier attempt at the same version; its record is created again, because its hash is stored nowhere else.
                if (!_files.ContainsKey(file))
                {
                    await Task.Run(() => Remember(path), stop);
                }

                return true;
            }

            if (_cached is not null && File.Exists(Path.Combine(_cached, file)))
            {
                await Task.Run(() => CopyCached(Path.Combine(_cached, file), path, stop), stop);
                return true;
            }

            DownloadResult result = await DownloadAsync(file, path, limit, stop);
            if (result.Commit is not null && Commit is not null && result.Commit != Commit)
            {
                File.Delete(path);
                throw new StudioException($"{name} changed at the hub during the download; run the same command again.");
            }

            _files[file] = new(file, result.Bytes, result.Sha256, result.IsVerified);
            Tell(file, new(result.Bytes, result.Bytes));
            return true;
        }
        catch (DownloadRefusedException e) when (e.Status == HttpStatusCode.NotFound && e.Code is null or "EntryNotFound")
        {
            File.Delete(path + ".part");
            File.Delete(path + ".part.json");
            return false;
        }
        finally
        {
            _connections.Release();
        }
    }

    private Task<DownloadResult> DownloadAsync(string file, string path, long limit, CancellationToken stop)
    {
        Tell(file, new(0, null)); // a hub may take long to answer
        return downloader.DownloadAsync(RequestOf(file, path, limit), got => Tell(file, got), stop);
    }

    private DownloadRequest RequestOf(string file, string path, long limit) => new(hub.FileOf(name, revision, file), path)
    {
        Authorization = _authorization,
        TrustsEntityTag = true,
        LimitBytes = limit,
    };

    private void Remember(string path)
    {
        using FileStream file = PlainFile.OpenRead(path);
        string sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file));
        _files[Path.GetFileName(path)] = new(Path.GetFileName(path), file.Length, sha256, IsVerified: false);
        Tell(Path.GetFileName(path), new(file.Length, file.Length));
    }

    private void CopyCached(string from, string to, CancellationToken stop)
    {
        using FileStream source = PlainFile.OpenRead(from);
        DiskSpace.Require(staging.Path, source.Length);
        long copied = 0;
        string file = Path.GetFileName(to);
        _files[file] = FileCopy.Copy(source, to, bytes => Tell(file, new(copied += bytes, source.Length)), stop);
    }

    private void Tell(string file, DownloadProgress got)
    {
        _progress[file] = got;
        long all = Math.Max(_progress.Sum(each => each.Value.Total ?? each.Value.Bytes), _shardBytes ?? 0);
        progress?.Invoke(new($"downloading {file}", _progress.Sum(each => each.Value.Bytes), all > 0 ? all : null)
        {
            Waiting = got.Waiting,
        });
    }

    private long BytesThere(string file) =>
        new[] { PathOf(file), PathOf(file) + ".part" }.Select(path => new FileInfo(path)).FirstOrDefault(info => info.Exists)?.Length ?? 0;

    private static long? StatedBytes(string indexPath)
    {
        using JsonDocument document = LenientJson.ReadFile(indexPath, LargestIndex, "download the file again");
        return document.RootElement.TryGetProperty("metadata", out JsonElement metadata) && metadata.ValueKind == JsonValueKind.Object
            && metadata.TryGetProperty("total_size", out JsonElement size) && size.ValueKind == JsonValueKind.Number
            && size.TryGetInt64(out long bytes) && bytes > 0
            ? bytes
            : null;
    }

    private string PathOf(string file) => Path.Combine(staging.Path, file);
}
