using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Hub;

/// <summary>Gets a tiny random T5 from a hub on this machine that misbehaves.</summary>
public sealed class ModelGetterTests : IDisposable
{
    private const string Name = "lab/tiny-t5";
    private const string Weights = "model.safetensors";
    private static readonly DownloadPatience Hurried = new() { Pause = TimeSpan.FromMilliseconds(1), Attempts = 3 };

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = Downloader.CreateClient();
    private readonly Dictionary<string, byte[]> _files;

    public ModelGetterTests()
    {
        string demo = DemoModel.Materialize(new(_folder["elsewhere"]));
        using var model = new T5(HuggingFaceFolder.ReadConfig(demo));
        HuggingFaceFolder.Export(_folder["published"], model, demo);
        _files = Directory.EnumerateFiles(_folder["published"]).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        _files["README.md"] = Encoding.UTF8.GetBytes("---\nlicense: apache-2.0\n---\n");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Installed => _folder[$"models/{Name}"];

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Get_WholeModel_IsFoundByItsNameAndCanBeRead()
    {
        using var hub = new Mirror(request => Honest(request));
        BroughtModel got = await GetAsync(hub);
        Assert.Equal(Installed, ModelLocator.Find(Name, _folder.Home));
        Assert.Equal(_files[Weights], await File.ReadAllBytesAsync(Path.Combine(Installed, Weights), Token));
        Assert.All(got.Origin.Files, file => Assert.True(file.IsVerified, file.Name));
        Assert.Equal("c0ffee", got.Origin.Commit);
        OnlyTheModelIsThere();
    }

    [Fact]
    public async Task Get_HubThatHasNotAnswered_IsShownToBeAsked()
    {
        List<string> shown = [];
        using var hub = new Mirror(request => Honest(request));

        await GetAsync(hub, progress: got =>
        {
            lock (shown)
            {
                shown.Add(got.Text);
            }
        });

        Assert.Equal("downloading config.json", shown[0]);
    }

    [Fact]
    public async Task Get_InterruptedInTheWeights_Resumes()
    {
        using (var hub = new Mirror(request => Cut(request)))
        {
            await Assert.ThrowsAsync<StudioException>(() => GetAsync(hub));
            Assert.False(Directory.Exists(Installed));
        }

        // The address identifies what is resumed: the same hub on another port is a different one.
        bool isCut = true;
        using var again = new Mirror(request => isCut ? Cut(request) : Honest(request));
        await Assert.ThrowsAsync<StudioException>(() => GetAsync(again));
        isCut = false;
        int before = again.Requests.Count;
        await GetAsync(again);
        Assert.Contains(
            again.Requests.Skip(before), request => request.Path.EndsWith(Weights, StringComparison.Ordinal) && request.From > 0);
        Assert.Equal(_files[Weights], await File.ReadAllBytesAsync(Path.Combine(Installed, Weights), Token));
    }

    [Fact]
    public async Task Get_Shards_AreFetchedByTheirIndex()
    {
        _files["part.safetensors"] = _files[Weights];
        _files.Remove(Weights);
        using (var reader = new SafetensorsFile(Path.Combine(_folder["published"], Weights)))
        {
            string map = string.Join(',', reader.Weights.Keys.Select(weight => $"\"{weight}\":\"part.safetensors\""));
            _files[Weights + ".index.json"] = Encoding.UTF8.GetBytes(
                $"{{\"metadata\":{{\"total_size\":{_files["part.safetensors"].Length}}},\"weight_map\":{{{map}}}}}");
        }

        using var hub = new Mirror(request => Honest(request));
        BroughtModel got = await GetAsync(hub);
        Assert.Equal(Weights + ".index.json", got.Info.WeightsFile);
        OnlyTheModelIsThere();
    }

    [Fact]
    public async Task Get_WrongHash_InstallsNothing()
    {
        using var hub = new Mirror(request => Honest(request, lies: true));
        InputException e = await Assert.ThrowsAnyAsync<InputException>(() => GetAsync(hub));
        Assert.Contains("SHA-256", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["models"]));
    }

    [Fact]
    public async Task Get_MoreThanTheDiskHolds_NamesTheFolderOfTheModelsAndTheSpace()
    {
        using var hub = new Mirror(request => request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? new(200, [], ("ETag", $"\"{Hash([])}\""), ("Content-Length", $"{1L << 50}"))
            : Honest(request));
        StudioException e = await Assert.ThrowsAsync<StudioException>(() => GetAsync(hub));
        Assert.Matches($"^{Regex.Escape(_folder["models"])} has .+ free, but 1,126 TB are still to be written; free some space", e.Message);
    }

    [Theory]
    [InlineData("\"model_type\": \"umt5\"", "umt5")]
    [InlineData("\"model_type\": \"t5\", \"tokenizer_class\": \"ByT5Tokenizer\"", "ByT5")]
    [InlineData("\"model_type\": \"llama\"", "llama")]
    public async Task Get_AnotherKindOfModel_IsRefusedByNameBeforeItsWeights(string config, string kind)
    {
        _files["config.json"] = Encoding.UTF8.GetBytes($"{{{config}}}");
        using var hub = new Mirror(request => Honest(request));
        InputException e = await Assert.ThrowsAnyAsync<InputException>(() => GetAsync(hub));
        Assert.Contains(kind, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".get-", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(hub.Requests, request => request.Path.EndsWith(Weights, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateDirectories(_folder["models"]));
    }

    [Theory]
    [InlineData(401, "accept its conditions")]
    [InlineData(403, "accept its conditions")]
    [InlineData(404, "is unknown")]
    public async Task Get_RefusedByTheHub_NamesTheFix(int status, string mend)
    {
        using var hub = new Mirror(_ => new(status, [], ("Content-Length", "0")));
        InputException e = await Assert.ThrowsAnyAsync<InputException>(() => GetAsync(hub));
        Assert.Contains(mend, e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_folder["models"]));
    }

    [Fact]
    public async Task Get_Redirected_WeightsComeFromTheOtherHost()
    {
        using var store = new Mirror(request => Mirror.Honest(request, _files[Weights]));
        using var hub = new Mirror(request => request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? new(
                302, [], ("Location", store.Address.ToString()), ("X-Linked-Etag", $"\"{Hash(_files[Weights])}\""), ("Content-Length", "0"))
            : Honest(request));
        BroughtModel got = await GetAsync(hub);
        Assert.True(Assert.Single(got.Origin.Files, file => file.Name == Weights).IsVerified);
        Assert.NotEmpty(store.Requests);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/b/c")]
    [InlineData("")]
    public async Task Get_InvalidName_IsRefusedWithoutARequest(string name)
    {
        using var hub = new Mirror(request => Honest(request));
        await Assert.ThrowsAnyAsync<InputException>(() => GetAsync(hub, name));
        Assert.Empty(hub.Requests);
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private Task<BroughtModel> GetAsync(Mirror hub, string name = Name, Action<ModelProgress>? progress = null) =>
        new ModelGetter(new(_client, Hurried), HubAddress.Read(hub.Address.ToString()), _folder.Home).GetAsync(
            name, HubAddress.MainRevision, progress, Token);

    private MirrorResponse Honest(MirrorRequest request, bool lies = false)
    {
        string file = request.Path.Split('/')[^1];
        if (!_files.TryGetValue(file, out byte[]? content))
        {
            return new(404, [], ("X-Error-Code", "EntryNotFound"), ("Content-Length", "0"));
        }

        MirrorResponse honest = Mirror.Honest(request, content, $"\"{(lies && file == Weights ? new string('0', 64) : Hash(content))}\"");
        return honest with { Headers = [.. honest.Headers, ("X-Repo-Commit", "c0ffee")] };
    }

    /// <summary>Sends a part of the weights once, and nothing after it.</summary>
    private MirrorResponse Cut(MirrorRequest request) =>
        request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? Mirror.Cut(Honest(request), request.From == 0 ? 100_000 : 0)
            : Honest(request);

    private void OnlyTheModelIsThere()
    {
        Assert.Equal(["lab"], Directory.EnumerateFileSystemEntries(_folder["models"]).Select(Path.GetFileName));
        Assert.DoesNotContain(Directory.EnumerateFiles(Installed), file =>
            file.Contains(".part", StringComparison.Ordinal) && !file.EndsWith("part.safetensors", StringComparison.Ordinal));
    }
}
