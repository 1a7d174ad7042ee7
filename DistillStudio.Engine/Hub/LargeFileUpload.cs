using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Hub;

/// <summary>
/// Uploads files to a hub's large file storage by Git LFS's batch interface: whole, or in parts where the hub requires it. Files
/// already there are not sent again.
/// </summary>
/// <remarks>The interface: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md</remarks>
internal sealed class LargeFileUpload(HubApi api, Uri batch, string revision, Action<ModelFile, long> sent)
{
    private const string Type = "application/vnd.git-lfs+json";
    private const string PartSize = "chunk_size";
    private const int LongestNumber = 9;
    private static readonly Dictionary<string, string> Accept = new() { ["Accept"] = Type };

    /// <exception cref="StudioException">The hub refuses a file, or its response is invalid.</exception>
    public async Task UploadAsync(IReadOnlyList<HashedFile> files, CancellationToken stop)
    {
        HubAnswer answer = await api.PostAsync(
            batch,
            new Dictionary<string, object>
            {
                ["operation"] = "upload",
                ["transfers"] = new[] { "basic", "multipart" },
                ["objects"] = files.Select(
                    file => new Dictionary<string, object> { ["oid"] = file.Sha256, ["size"] = file.File.Bytes }).ToArray(),
                ["hash_algo"] = "sha256",
                ["ref"] = new Dictionary<string, string> { ["name"] = revision },
            },
            stop, Type, Accept);
        if (!answer.IsSuccess
            || answer.Json.ValueKind != JsonValueKind.Object
            || !answer.Json.TryGetProperty("objects", out JsonElement objects)
            || objects.ValueKind != JsonValueKind.Array)
        {
            throw new StudioException($"{batch.Host} does not accept large files ({api.Reason(answer)}); nothing was published.");
        }

        foreach (HashedFile file in files)
        {
            JsonElement known = objects.EnumerateArray().FirstOrDefault(each => Text(each, "oid") == file.Sha256);
            if (known.ValueKind != JsonValueKind.Object)
            {
                throw new StudioException($"{batch.Host} names no upload address for {file.File.Name}; nothing was published.");
            }

            if (Member(known, "error") is { } error)
            {
                throw new StudioException($"{batch.Host} refuses {file.File.Name} ({Text(error, "message")?.ReplaceLineEndings(" ")}); "
                    + $"nothing was published.");
            }

            if (Member(known, "actions") is { } actions)
            {
                await UploadAsync(file, actions, stop);
            }
            else
            {
                sent(file.File, file.File.Bytes); // the hub has it already
            }
        }
    }

    private async Task UploadAsync(HashedFile file, JsonElement actions, CancellationToken stop)
    {
        if (Member(actions, "upload") is { } upload)
        {
            Dictionary<string, string> headers = HeadersOf(upload);
            Uri address = api.Linked(Text(upload, "href"));
            await (
                headers.ContainsKey(PartSize)
                    ? UploadPartsAsync(file, address, headers, stop)
                    : UploadWholeAsync(file, address, headers, stop));
        }

        if (Member(actions, "verify") is { } verify)
        {
            HubAnswer answer = await api.PostAsync(
                api.Linked(Text(verify, "href")),
                new Dictionary<string, object> { ["oid"] = file.Sha256, ["size"] = file.File.Bytes },
                stop, Type, HeadersOf(verify));
            Require(answer, file);
        }
    }

    private async Task UploadWholeAsync(HashedFile file, Uri address, Dictionary<string, string> headers, CancellationToken stop) =>
        Require(await PutAsync(file, address, 0, file.File.Bytes, headers, stop), file);

    private async Task UploadPartsAsync(HashedFile file, Uri complete, Dictionary<string, string> headers, CancellationToken stop)
    {
        string[] addresses = [
            .. headers.Where(header => header.Key.Length is > 0 and <= LongestNumber && header.Key.All(char.IsAsciiDigit))
                .OrderBy(header => long.Parse(header.Key, CultureInfo.InvariantCulture)).Select(header => header.Value)
        ];
        if (!long.TryParse(headers[PartSize], NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            || size <= 0
            || addresses.Length != (file.File.Bytes + size - 1) / size)
        {
            throw new StudioException($"{batch.Host} requests {file.File.Name} in parts that do not add up to the file; try again later.");
        }

        var parts = new List<Dictionary<string, object>>();
        foreach ((int i, string address) in addresses.Index())
        {
            HubAnswer answer = await PutAsync(file, api.Linked(address), i * size, Math.Min(size, file.File.Bytes - (i * size)), [], stop);
            Require(answer, file);
            string tag = answer.EntityTag
                ?? throw new StudioException($"{batch.Host} does not confirm a part of {file.File.Name}; try again later.");
            parts.Add(new() { ["partNumber"] = i + 1, ["etag"] = tag });
        }

        Require(
            await api.PostAsync(complete, new Dictionary<string, object> { ["oid"] = file.Sha256, ["parts"] = parts }, stop, Type, Accept),
            file);
    }

    private Task<HubAnswer> PutAsync(
        HashedFile file, Uri address, long from, long bytes, Dictionary<string, string> headers, CancellationToken stop)
    {
        long counted = 0;
        return api.SendAsync(
            HttpMethod.Put,
            address,
            refresh =>
            {
                sent(file.File, -counted); // undoes the count of a failed attempt
                counted = 0;
                return new FileContent(file.File, from, bytes, count =>
                {
                    refresh();
                    counted += count;
                    sent(file.File, count);
                });
            },
            stop, headers);
    }

    private void Require(HubAnswer answer, HashedFile file)
    {
        if (!answer.IsSuccess)
        {
            throw new StudioException($"{file.File.Name} cannot be uploaded ({api.Reason(answer)}); nothing was published.");
        }
    }

    private static Dictionary<string, string> HeadersOf(JsonElement action) => Member(action, "header") is { } header
        ? header.EnumerateObject().Where(each => each.Value.ValueKind == JsonValueKind.String)
            .GroupBy(each => each.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(
                each => each.Key, each => each.Last().Value.GetString()!, StringComparer.OrdinalIgnoreCase)
        : [];

    private static JsonElement? Member(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.Object
            ? value
            : null;

    private static string? Text(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
