using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Hub;

/// <summary>A model to publish.</summary>
/// <param name="Name"><c>owner/name</c> at the hub; created there if it is new.</param>
/// <param name="IsPrivate">True if a new one is visible only to its owner.</param>
/// <param name="Message">The commit's message.</param>
public sealed record ModelPush(string Name, IReadOnlyList<ModelFile> Files, bool IsPrivate, string Message)
{
    public string Revision { get; init; } = HubAddress.MainRevision;
}

/// <param name="Page">The model's page at the hub.</param>
/// <param name="Commit">The commit that the hub created.</param>
/// <param name="IsNew">True if the model was created by this push.</param>
public sealed record PushedModel(string Name, Uri Page, string Commit, bool IsNew, IReadOnlyList<OriginFile> Files);

/// <summary>A file with what identifies its content.</summary>
/// <param name="Sha256">In lower-case hexadecimal.</param>
/// <param name="Sample">Its first bytes, by which the hub distinguishes text from binary data.</param>
internal sealed record HashedFile(ModelFile File, string Sha256, byte[] Sample);

/// <summary>
/// Publishes a model at a hub with the hub's commit protocol: the hub states how to send each file, large files go to its storage, and one
/// commit names them all. Nothing is visible before that commit. The token is read from <c>HF_TOKEN</c>.
/// </summary>
/// <param name="client">From <see cref="Downloader.CreateClient"/>.</param>
public sealed class ModelPusher(HttpClient client, HubAddress hub, DownloadPatience? patience = null)
{
    private const int SampleBytes = 512;
    private const int BlockBytes = 1 << 20;
    private const long LargestInCommit = 64L * ByteSize.MB;
    private const string Large = "lfs";

    /// <param name="progress">Called from any thread; may be null.</param>
    /// <param name="stop">Cancels the push; nothing is published, and what was uploaded is not sent again the next time.</param>
    /// <exception cref="InputException">There is no token, or it lacks write permission.</exception>
    /// <exception cref="StudioException">The hub cannot be reached or refuses a file.</exception>
    public async Task<PushedModel> PushAsync(ModelPush push, Action<ModelProgress>? progress, CancellationToken stop)
    {
        string name = ModelStore.NameOf(push.Name);
        if (!name.Contains('/', StringComparison.Ordinal))
        {
            throw new InputException($"{name} lacks an owner; write it as owner/{name}, with your name or organization at "
                + $"{hub.Endpoint.Host}.");
        }

        HubAddress.RequireRevision(push.Revision);
        var api = new HubApi(client, hub, patience ?? new());
        try
        {
            IReadOnlyList<HashedFile> files = await Task.Run(() => Hash(push.Files, progress, stop), stop);
            bool isNew = await CreateAsync(api, name, push.IsPrivate, stop);
            (List<HashedFile> large, List<HashedFile> small) = await SortAsync(api, name, push.Revision, files, stop);
            if (large.Count > 0)
            {
                long total = large.Sum(file => file.File.Bytes), sent = 0;
                await new LargeFileUpload(api, hub.LargeFilesOf(name), push.Revision, (file, bytes) =>
                    progress?.Invoke(new($"uploading {file.Name}", sent += bytes, total)))
                    .UploadAsync(large, stop);
            }

            string commit = await CommitAsync(api, name, push, small, large, stop);
            return new(
                name, hub.PageOf(name), commit, isNew,
                [.. small.Concat(large).Select(file => new OriginFile(file.File.Name, file.File.Bytes, file.Sha256, IsVerified: true))]);
        }
        catch (IOException e) when (e is not HttpIOException)
        {
            throw new StudioException($"A file of the model cannot be read ({e.Message.TrimEnd('.')}); nothing was published.", cause: e);
        }
    }

    private static List<HashedFile> Hash(IReadOnlyList<ModelFile> files, Action<ModelProgress>? progress, CancellationToken stop)
    {
        long total = files.Sum(file => file.Bytes), done = 0;
        var hashed = new List<HashedFile>();
        byte[] block = new byte[BlockBytes];
        foreach (ModelFile file in files)
        {
            using Stream stream = file.Open();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[]? sample = null;
            for (int read; (read = stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false)) > 0;)
            {
                stop.ThrowIfCancellationRequested();
                sample ??= block[..Math.Min(SampleBytes, read)];
                hash.AppendData(block, 0, read);
                progress?.Invoke(new("computing checksums", done += read, total));
            }

            hashed.Add(new(file, Convert.ToHexStringLower(hash.GetHashAndReset()), sample ?? []));
        }

        return hashed;
    }

    /// <summary>Creates the model at the hub; returns false if it already exists.</summary>
    private async Task<bool> CreateAsync(HubApi api, string name, bool isPrivate, CancellationToken stop)
    {
        string[] parts = name.Split('/');
        HubAnswer made = await api.PostAsync(
            hub.ApiOf("repos/create"),
            new Dictionary<string, object>
            {
                ["name"] = parts[1],
                ["organization"] = parts[0],
                ["type"] = "model",
                ["private"] = isPrivate,
            },
            stop);
        if (made.IsSuccess || made.Status == HttpStatusCode.Conflict)
        {
            return made.IsSuccess;
        }

        // A token that may write to a model need not be allowed to create models.
        HubAnswer there = await api.SendAsync(HttpMethod.Get, hub.ApiOf($"models/{name}"), null, stop);
        return there.IsSuccess ? false : throw Refuse(api, made, name, "cannot be created");
    }

    private async Task<(List<HashedFile> Large, List<HashedFile> Small)> SortAsync(
        HubApi api, string name, string revision, IReadOnlyList<HashedFile> files, CancellationToken stop)
    {
        HubAnswer answer = await api.PostAsync(
            hub.ApiOf($"models/{name}/preupload/{Uri.EscapeDataString(revision)}"),
            new Dictionary<string, object>
            {
                ["files"] = files.Select(file => new Dictionary<string, object>
                {
                    ["path"] = file.File.Name,
                    ["size"] = file.File.Bytes,
                    ["sample"] = Convert.ToBase64String(file.Sample),
                }).ToArray(),
            },
            stop);
        if (!answer.IsSuccess)
        {
            throw Refuse(api, answer, name, $"cannot be written to, or has no revision {revision}");
        }

        Dictionary<string, string> modes = answer.Json.ValueKind == JsonValueKind.Object
            && answer.Json.TryGetProperty("files", out JsonElement listed) && listed.ValueKind == JsonValueKind.Array
            ? listed.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.Object)
                .Select(each => new HubAnswer(answer.Status, each, null)).Where(each => each.Text("path") is not null)
                .GroupBy(each => each.Text("path")!, StringComparer.Ordinal).ToDictionary(
                    each => each.Key, each => each.First().Text("uploadMode") ?? "", StringComparer.Ordinal)
            : [];
        List<HashedFile> large = [.. files.Where(file => modes.GetValueOrDefault(file.File.Name) == Large)];
        List<HashedFile> small = [.. files.Except(large)];
        return small.FirstOrDefault(file => file.File.Bytes > LargestInCommit) is { } tooLarge
            ? throw new StudioException($"{hub.Endpoint.Host} offers no storage for {tooLarge.File.Name} of "
                + $"{ByteSize.Format(tooLarge.File.Bytes)}; nothing was published.")
            : (large, small);
    }

    private async Task<string> CommitAsync(
        HubApi api, string name, ModelPush push, List<HashedFile> small, List<HashedFile> large, CancellationToken stop)
    {
        using var body = new MemoryStream();
        void Line(string key, object value)
        {
            JsonSerializer.Serialize(body, new Dictionary<string, object> { ["key"] = key, ["value"] = value });
            body.WriteByte((byte)'\n');
        }

        Line("header", new Dictionary<string, string> { ["summary"] = push.Message, ["description"] = "" });
        foreach (HashedFile file in small)
        {
            using var content = new MemoryStream();
            await using Stream source = file.File.Open();
            await source.CopyToAsync(content, stop);
            Line(
                "file",
                new Dictionary<string, string>
                {
                    ["path"] = file.File.Name,
                    ["encoding"] = "base64",
                    ["content"] = Convert.ToBase64String(content.ToArray()),
                });
        }

        foreach (HashedFile file in large)
        {
            Line(
                "lfsFile",
                new Dictionary<string, object>
                {
                    ["path"] = file.File.Name,
                    ["algo"] = "sha256",
                    ["oid"] = file.Sha256,
                    ["size"] = file.File.Bytes,
                });
        }

        byte[] bytes = body.ToArray();
        HubAnswer answer = await api.SendAsync(
            HttpMethod.Post,
            hub.ApiOf($"models/{name}/commit/{Uri.EscapeDataString(push.Revision)}"),
            _ => new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-ndjson") } },
            stop);
        return !answer.IsSuccess ? throw Refuse(api, answer, name, "did not accept the commit")
            : answer.Text("commitOid")
                ?? throw new StudioException($"{hub.Endpoint.Host} does not confirm the commit; check {hub.PageOf(name)}.");
    }

    private InputException Refuse(HubApi api, HubAnswer answer, string name, string what) =>
        answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            ? new InputException($"{name} {what}: the token in {HubAddress.TokenVariable} lacks write permission ({api.Reason(answer)}); "
                + $"use one with write permission for {name.Split('/')[0]} at {hub.Endpoint.Host}.")
            : new InputException($"{name} {what} at {hub.Endpoint.Host} ({api.Reason(answer)}).");
}
