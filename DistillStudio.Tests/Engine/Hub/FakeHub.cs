using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DistillStudio.Tests.Engine.Hub;

/// <summary>
/// A hub over real HTTP to which models are pushed and from which they are downloaded. It checks everything: an upload must have the
/// announced SHA-256, and a commit may name only uploaded files.
/// </summary>
internal sealed class FakeHub : IAsyncDisposable
{
    public const string Token = "hf_of_the_test";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte[]> _objects = new();
    private readonly ConcurrentDictionary<(string Oid, int Part), byte[]> _parts = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();

    private FakeHub(WebApplication app) => _app = app;

    /// <summary>Files of each model, by path.</summary>
    public ConcurrentDictionary<string, ConcurrentDictionary<string, byte[]>> Models { get; } = new();

    /// <summary>Bytes from which a file goes to the large file storage.</summary>
    public int LargeFrom { get; set; } = 10_000;

    /// <summary>Bytes of a part; null to upload files whole.</summary>
    public int? PartBytes { get; set; }

    /// <summary>Returns the status with which to refuse a request, and the reason, given its path and how often it was requested; null to
    /// serve it.</summary>
    public Func<string, int, (int Status, string Reason)?> Fault { get; set; } = (_, _) => null;

    public ConcurrentQueue<(string Method, string Path, string? Authorization)> Requests { get; } = [];

    public JsonElement[] Commit { get; private set; } = [];

    public Uri Address => new(_app.Urls.First() + "/");

    public static async Task<FakeHub> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            server => server.Listen(System.Net.IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http1));
        WebApplication app = builder.Build();
        var hub = new FakeHub(app);
        app.Run(hub.HandleAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return hub;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Requests.Enqueue((context.Request.Method, path, context.Request.Headers.Authorization));
        if (Fault(path, _counts.AddOrUpdate(path, 1, (_, count) => count + 1) - 1) is { } fault)
        {
            context.Response.StatusCode = fault.Status;
            await context.Response.WriteAsJsonAsync(new { error = fault.Reason });
            return;
        }

        bool isOpen = path.StartsWith("/storage/", StringComparison.Ordinal) || path.Contains("/resolve/", StringComparison.Ordinal);
        if (!isOpen && context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            context.Response.StatusCode = 401;
            await context.Response.WriteAsJsonAsync(new { error = "Invalid credentials" });
            return;
        }

        Assert.False(path.StartsWith("/storage/", StringComparison.Ordinal) && context.Request.Query["signed"] != "yes");
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        await (parts switch
        {
            ["api", "repos", "create"] => CreateAsync(context),
            ["api", "models", var owner, var name, "preupload", "main"] => SortAsync(context, $"{owner}/{name}"),
            ["api", "models", var owner, var name, "commit", "main"] => CommitAsync(context, $"{owner}/{name}"),
            ["api", "models", var owner, var name] => AnswerAsync(context, Models.ContainsKey($"{owner}/{name}") ? 200 : 404, new { }),
            [_, _, "info", "lfs", "objects", "batch"] => BatchAsync(context),
            ["storage", var oid, .. var part] => StoreAsync(context, oid, part),
            ["api", "verify"] => VerifyAsync(context),
            [var owner, var name, "resolve", "main", var file] => SendAsync(context, $"{owner}/{name}", file),
            _ => AnswerAsync(context, 404, new { error = "no such place" }),
        });
    }

    private async Task CreateAsync(HttpContext context)
    {
        JsonElement body = await ReadAsync(context);
        string name = $"{body.GetProperty("organization").GetString()}/{body.GetProperty("name").GetString()}";
        await AnswerAsync(context, Models.TryAdd(name, new()) ? 200 : 409, new { url = $"{Address}{name}" });
    }

    private async Task SortAsync(HttpContext context, string model)
    {
        Assert.True(Models.ContainsKey(model));
        JsonElement body = await ReadAsync(context);
        await AnswerAsync(context, 200, new
        {
            files = body.GetProperty("files").EnumerateArray().Select(file => new
            {
                path = file.GetProperty("path").GetString(),
                uploadMode = file.GetProperty("size").GetInt64() >= LargeFrom
                    && Convert.FromBase64String(file.GetProperty("sample").GetString()!).Length <= 512
                    ? "lfs"
                    : "regular",
            }),
        });
    }

    private async Task BatchAsync(HttpContext context)
    {
        Assert.Equal("application/vnd.git-lfs+json", context.Request.ContentType);
        JsonElement body = await ReadAsync(context);
        Assert.Equal(("upload", "sha256"), (body.GetProperty("operation").GetString(), body.GetProperty("hash_algo").GetString()));
        await AnswerAsync(
            context, 200,
            new
            {
                objects = body.GetProperty("objects").EnumerateArray().Select(
                    each => Action(each.GetProperty("oid").GetString()!, each.GetProperty("size").GetInt64())).ToArray(),
            });
    }

    private object Action(string oid, long size)
    {
        if (_objects.ContainsKey(oid))
        {
            return new { oid, size };
        }

        var header = new Dictionary<string, string>();
        for (int part = 1; PartBytes is { } bytes && part <= (size + bytes - 1) / bytes; part++)
        {
            header["chunk_size"] = bytes.ToString(CultureInfo.InvariantCulture);
            header[part.ToString("00000", CultureInfo.InvariantCulture)] = $"{Address}storage/{oid}/{part}?signed=yes";
        }

        return new
        {
            oid,
            size,
            actions = new
            {
                upload = new { href = $"{Address}storage/{oid}{(PartBytes is null ? "" : "/all")}?signed=yes", header },
                verify = new { href = $"{Address}api/verify", header = new { } },
            },
        };
    }

    private async Task StoreAsync(HttpContext context, string oid, string[] part)
    {
        Assert.Empty(context.Request.Headers.Authorization.ToString().Replace($"Bearer {Token}", "", StringComparison.Ordinal));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        byte[] content = body.ToArray();
        if (part is ["all"])
        {
            JsonElement[] named = [.. JsonDocument.Parse(content).RootElement.GetProperty("parts").EnumerateArray()];
            content = [.. named.SelectMany(each => _parts[(oid, each.GetProperty("partNumber").GetInt32())])];
            Assert.All(
                named, each => Assert.Equal($"\"part-{each.GetProperty("partNumber").GetInt32()}\"", each.GetProperty("etag").GetString()));
        }
        else if (part is [var number])
        {
            _parts[(oid, int.Parse(number, CultureInfo.InvariantCulture))] = content;
            context.Response.Headers.ETag = $"\"part-{number}\"";
            return;
        }

        if (Convert.ToHexStringLower(SHA256.HashData(content)) != oid)
        {
            await AnswerAsync(context, 400, new { message = "the content is another one" });
            return;
        }

        _objects[oid] = content;
    }

    private async Task VerifyAsync(HttpContext context)
    {
        JsonElement body = await ReadAsync(context);
        bool isThere = _objects.TryGetValue(body.GetProperty("oid").GetString()!, out byte[]? content)
            && content.Length == body.GetProperty("size").GetInt64();
        await AnswerAsync(context, isThere ? 200 : 422, new { });
    }

    private async Task CommitAsync(HttpContext context, string model)
    {
        Assert.Equal("application/x-ndjson", context.Request.ContentType);
        using var reader = new StreamReader(context.Request.Body);
        Commit = [
            .. (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(
                line => JsonDocument.Parse(line).RootElement)
        ];
        Assert.Equal("header", Commit[0].GetProperty("key").GetString());
        foreach (JsonElement line in Commit.Skip(1))
        {
            JsonElement value = line.GetProperty("value");
            Models[model][value.GetProperty("path").GetString()!] = line.GetProperty("key").GetString() switch
            {
                "file" when value.GetProperty("encoding").GetString() == "base64" =>
                    Convert.FromBase64String(value.GetProperty("content").GetString()!),
                "lfsFile" when value.GetProperty("algo").GetString() == "sha256" => _objects[value.GetProperty("oid").GetString()!],
                var key => throw new InvalidOperationException($"the commit has the key {key}"),
            };
        }

        await AnswerAsync(context, 200, new { success = true, commitOid = "c0ffee", commitUrl = $"{Address}{model}/commit/c0ffee" });
    }

    private async Task SendAsync(HttpContext context, string model, string file)
    {
        if (!Models.TryGetValue(model, out ConcurrentDictionary<string, byte[]>? files) || !files.TryGetValue(file, out byte[]? content))
        {
            context.Response.Headers["X-Error-Code"] = "EntryNotFound";
            context.Response.StatusCode = 404;
            return;
        }

        context.Response.Headers["X-Repo-Commit"] = "c0ffee";
        context.Response.Headers.ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))}\"";
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content);
    }

    private static async Task<JsonElement> ReadAsync(HttpContext context)
    {
        using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body);
        return body.RootElement.Clone();
    }

    private static Task AnswerAsync(HttpContext context, int status, object body)
    {
        context.Response.StatusCode = status;
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(body))).AsTask();
    }
}
