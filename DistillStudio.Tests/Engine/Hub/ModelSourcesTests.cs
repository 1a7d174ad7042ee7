using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Hub;

/// <summary>Where a model may come from: a hub named by the environment, with its token, or the user's cache; with every format of
/// weights.</summary>
[Collection(nameof(HubVariables))]
public sealed class ModelSourcesTests : IDisposable
{
    private const string Name = "lab/tiny-t5";
    private const string Secret = "hf_secret";
    private static readonly DownloadPatience Hurried = new() { Pause = TimeSpan.FromMilliseconds(1), Attempts = 2 };

    private readonly TempFolder _folder = new();
    private readonly HubVariables _variables;
    private readonly HttpClient _client = Downloader.CreateClient();
    private readonly Dictionary<string, byte[]> _files;

    public ModelSourcesTests()
    {
        _variables = new(_folder["cache"]);
        _files = TinyModel.Files(ModelFolder.PyTorch);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Installed => _folder[$"models/{Name}"];

    public void Dispose()
    {
        _client.Dispose();
        _variables.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Get_PyTorchWeightsOnly_AreUsed()
    {
        using var hub = new Mirror(Answer);

        BroughtModel got = await GetAsync(hub.Address);

        Assert.Equal(ModelFolder.PyTorch, got.Info.WeightsFile);
        Assert.Equal(_files[ModelFolder.PyTorch], await File.ReadAllBytesAsync(Path.Combine(Installed, ModelFolder.PyTorch), Stop));
    }

    [Fact]
    public async Task Get_MT5_IsAcceptedAsInTraining()
    {
        _files["config.json"] = Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(_files["config.json"]).Replace("\"t5\"", "\"mt5\"", StringComparison.Ordinal));
        using var hub = new Mirror(Answer);

        Assert.Equal("mt5", (await GetAsync(hub.Address)).Info.Config.ModelType);
    }

    [Fact]
    public async Task Get_ModelInTheUsersCache_IsCopiedWithoutARequest()
    {
        FillCache("abc");
        _folder.Write("cache/models--lab--tiny-t5/refs/main", "abc");
        using var hub = new Mirror(Answer);

        BroughtModel got = await GetAsync(hub.Address);

        Assert.True(got.FromCache);
        Assert.Empty(hub.Requests);
        Assert.Equal(_files[ModelFolder.PyTorch], await File.ReadAllBytesAsync(Path.Combine(Installed, ModelFolder.PyTorch), Stop));
        Assert.Equal("abc", ModelOrigin.Read(Installed)!.Commit);
    }

    [Fact]
    public async Task Get_CacheThatLacksTheWeights_SuppliesTheRest()
    {
        FillCache("c0ffee", ModelFolder.PyTorch);
        using var hub = new Mirror(Answer);

        await GetAsync(hub.Address);

        Assert.DoesNotContain(hub.Requests, request => request.Path.EndsWith("spiece.model", StringComparison.Ordinal));
        Assert.Contains(hub.Requests, request => request.Path.EndsWith(ModelFolder.PyTorch, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_Token_GoesToTheHubAndNotWhereItRedirects()
    {
        _variables[HubVariables.Token] = Secret;
        using var store = new Mirror(request => Mirror.Honest(request, _files[ModelFolder.PyTorch]));
        using var hub = new Mirror(request => request.Path.EndsWith(ModelFolder.PyTorch, StringComparison.Ordinal)
            ? new(
                302, [], ("Location", store.Address.ToString()), ("X-Linked-Etag", $"\"{Hash(_files[ModelFolder.PyTorch])}\""),
                ("Content-Length", "0"))
            : Answer(request));

        await GetAsync(hub.Address);

        Assert.All(hub.Requests, request => Assert.Equal($"Bearer {Secret}", request.Headers["Authorization"]));
        Assert.All(store.Requests, request => Assert.DoesNotContain("Authorization", request.Headers.Keys));
        Assert.DoesNotContain(
            Secret, await File.ReadAllTextAsync(Path.Combine(Installed, ModelOrigin.FileName), Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("first secret")]
    [InlineData("first\nsecret")]
    public async Task Get_InvalidToken_IsRefusedWithoutShowingIt(string token)
    {
        _variables[HubVariables.Token] = token;
        using var hub = new Mirror(Answer);

        InputException e = await Assert.ThrowsAsync<InputException>(() => GetAsync(hub.Address));

        Assert.Contains(HubVariables.Token, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public void Address_OfTheEnvironment_AppliesIfNoneIsGiven()
    {
        _variables[HubVariables.Endpoint] = "https://mirror.example/hf";
        Assert.Equal("https://mirror.example/hf/", HubAddress.Read(null).Endpoint.ToString());
        Assert.Equal("https://other.example/", HubAddress.Read("https://other.example").Endpoint.ToString());

        _variables[HubVariables.Endpoint] = "ftp://mirror.example";
        Assert.StartsWith(
            "HF_ENDPOINT is not a plain", Assert.Throws<InputException>(() => HubAddress.Read(null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Linked-Size", "77", "must have 77")] // the store sends another size than the hub states
    [InlineData("Content-Length", "9000000000000000", "free some space")] // no disk has it
    public async Task Get_FalseSize_InstallsNothing(string header, string value, string part)
    {
        using var hub = new Mirror(request =>
        {
            MirrorResponse honest = Answer(request);
            return request.Path.EndsWith(ModelFolder.PyTorch, StringComparison.Ordinal)
                ? honest with { Headers = [.. honest.Headers.Where(h => h.Name != header), (header, value)] }
                : honest;
        });

        StudioException e = await Assert.ThrowsAnyAsync<StudioException>(() => GetAsync(hub.Address));

        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Installed));
    }

    [Fact]
    public async Task Get_IndexThatNamesMoreThanTheDiskHolds_IsRefusedBeforeAShard()
    {
        _files.Remove(ModelFolder.PyTorch);
        _files["pytorch_model.bin.index.json"] = Encoding.UTF8.GetBytes(
            """{"metadata":{"total_size":9000000000000000},"weight_map":{"shared.weight":"a.bin"}}""");
        using var hub = new Mirror(Answer);

        StudioException e = await Assert.ThrowsAsync<StudioException>(() => GetAsync(hub.Address));

        Assert.Contains("free some space", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(hub.Requests, request => request.Path.EndsWith("a.bin", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("demo", "the bundled model's name")]
    [InlineData("lab/tiny-t5/", "already exists")]
    [InlineData("lab/tiny-t5/x", "is not a valid model name")]
    [InlineData("taken/x", "is itself a model")]
    public async Task Get_TakenName_IsRefusedWithoutARequest(string name, string part)
    {
        _folder.Write($"models/{Name}/config.json", "{}");
        _folder.Write("models/taken/config.json", "{}");
        using var hub = new Mirror(Answer);

        InputException e = await Assert.ThrowsAsync<InputException>(() => GetAsync(hub.Address, name));

        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private void FillCache(string commit, string? without = null)
    {
        foreach ((string file, byte[] content) in _files.Where(file => file.Key != without))
        {
            _folder.Write($"cache/models--lab--tiny-t5/snapshots/{commit}/{file}", content);
        }
    }

    private Task<BroughtModel> GetAsync(Uri hub, string name = Name) =>
        new ModelGetter(new(_client, Hurried), HubAddress.Read(hub.ToString()), _folder.Home).GetAsync(
            name, HubAddress.MainRevision, null, Stop);

    private MirrorResponse Answer(MirrorRequest request)
    {
        if (!_files.TryGetValue(request.Path.Split('/')[^1], out byte[]? content))
        {
            return new(404, [], ("X-Error-Code", "EntryNotFound"), ("Content-Length", "0"));
        }

        MirrorResponse honest = Mirror.Honest(request, content, $"\"{Hash(content)}\"");
        return honest with { Headers = [.. honest.Headers, ("X-Repo-Commit", "c0ffee")] };
    }
}
