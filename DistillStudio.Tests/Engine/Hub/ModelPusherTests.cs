using System.Text;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Hub;

/// <summary>Pushes files to a hub on this machine that checks what it receives.</summary>
[Collection(nameof(HubVariables))]
public sealed class ModelPusherTests : IDisposable
{
    private const string Name = "lab/mine";
    private static readonly DownloadPatience Hurried = new() { Pause = TimeSpan.FromMilliseconds(1), Attempts = 3 };

    private readonly TempFolder _folder = new();
    private readonly HubVariables _variables;
    private readonly HttpClient _client = Downloader.CreateClient();
    private readonly byte[] _weights = new byte[300_001];
    private readonly byte[] _config = Encoding.UTF8.GetBytes("{\"a\": \"ä\"}");

    public ModelPusherTests()
    {
        _variables = new(_folder["cache"]) { [HubVariables.Token] = FakeHub.Token };
        new Random(1).NextBytes(_weights);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _variables.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(100_000)] // the last part has one byte
    [InlineData(100_000_000)]
    public async Task Push_SmallAndLargeFiles_AreInOneCommit(int? partBytes)
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.PartBytes = partBytes;
        List<ModelProgress> reported = [];

        PushedModel pushed = await PushAsync(hub, reported.Add);

        Assert.Equal(("c0ffee", true, new Uri(hub.Address, Name)), (pushed.Commit, pushed.IsNew, pushed.Page));
        Assert.Equal(_weights, hub.Models[Name]["model.safetensors"]);
        Assert.Equal(_config, hub.Models[Name]["config.json"]);
        Assert.Equal(["header", "file", "lfsFile"], hub.Commit.Select(line => line.GetProperty("key").GetString()));
        Assert.Equal("A message", hub.Commit[0].GetProperty("value").GetProperty("summary").GetString());
        Assert.Equal(_weights.Length, reported[^1].Bytes);
    }

    [Fact]
    public async Task Push_Again_SendsNoLargeFileTwice()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        await PushAsync(hub);

        PushedModel again = await PushAsync(hub);

        Assert.False(again.IsNew);
        Assert.Single(hub.Requests, request => request.Method == "PUT");
    }

    [Fact]
    public async Task Push_HubFailsOccasionally_IsRetried()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.PartBytes = 100_000;
        hub.Fault = (path, before) =>
            before > 0 ? null : path.EndsWith("create", StringComparison.Ordinal) ? (429, "slowly") : (503, "later");
        List<ModelProgress> reported = [];

        await PushAsync(hub, reported.Add);

        Assert.Equal(_weights, hub.Models[Name]["model.safetensors"]);
        Assert.Equal(_weights.Length, reported[^1].Bytes);
    }

    [Fact]
    public async Task Push_HubKeepsFailing_QuotesItsReasonWithoutTheToken()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Fault = (path, _) => path.Contains("commit", StringComparison.Ordinal) ? (500, $"your token {FakeHub.Token} broke me") : null;

        StudioException e = await Assert.ThrowsAsync<StudioException>(() => PushAsync(hub));

        Assert.Contains("500: your token … broke me", e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Models[Name]);
    }

    [Fact]
    public async Task Push_TokenThatMayNotWrite_IsRefusedInOneSentence()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        _variables[HubVariables.Token] = "hf_of_another";

        InputException e = await Assert.ThrowsAsync<InputException>(() => PushAsync(hub));

        Assert.Contains("lacks write permission (401: Invalid credentials)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_of_another", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_TokenThatCannotCreateModels_WritesToAnExistingOne()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Models[Name] = new();
        hub.Fault = (path, _) => path.EndsWith("create", StringComparison.Ordinal) ? (403, "not allowed") : null;

        Assert.False((await PushAsync(hub)).IsNew);
    }

    [Theory]
    [InlineData("nobody", "owner/nobody")]
    [InlineData("../x", "is not a valid model name")]
    [InlineData("a/b/c", "is not a valid model name")]
    public async Task Push_InvalidName_IsRefusedWithoutARequest(string name, string part)
    {
        await using FakeHub hub = await FakeHub.StartAsync();

        InputException e = await Assert.ThrowsAsync<InputException>(() => PushAsync(hub, name: name));

        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    [Theory]
    [InlineData(null, "HF_TOKEN is not set")]
    [InlineData("two words", "does not hold a token")]
    public async Task Push_WithoutAToken_NamesTheVariable(string? token, string part)
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        _variables[HubVariables.Token] = token;

        InputException e = await Assert.ThrowsAsync<InputException>(() => PushAsync(hub));

        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("two words", e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public async Task Push_OverPlainHttpToAnotherMachine_SendsNoToken()
    {
        var pusher = new ModelPusher(_client, HubAddress.Read("http://hub.invalid"), Hurried);

        InputException e = await Assert.ThrowsAsync<InputException>(() => pusher.PushAsync(Push(Name), null, Stop));

        Assert.Contains("not sent over http", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_HubThatOffersNoStorage_IsRefusedBeforeTheCommit()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Fault = (path, _) => path.EndsWith("batch", StringComparison.Ordinal) ? (404, "no storage here") : null;

        StudioException e = await Assert.ThrowsAsync<StudioException>(() => PushAsync(hub));

        Assert.Contains("404: no storage here", e.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Commit);
    }

    private ModelPush Push(string name) =>
        new(name, [ModelFile.Of("config.json", _config), ModelFile.Of("model.safetensors", _weights)], IsPrivate: true, "A message");

    private Task<PushedModel> PushAsync(FakeHub hub, Action<ModelProgress>? progress = null, string name = Name) =>
        new ModelPusher(_client, HubAddress.Read(hub.Address.ToString()), Hurried).PushAsync(Push(name), progress, Stop);
}
