using System.Net;
using System.Net.WebSockets;

namespace DistillStudio.Tests.Access;

/// <summary>A studio that demands no token is still closed to other sites' pages.</summary>
public sealed class HostGuardTests(HostGuardTests.OpenStudio open) : IClassFixture<HostGuardTests.OpenStudio>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:5080")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.")]
    [InlineData("192.168.0.1")]
    [InlineData("[fe80::1]")]
    [InlineData("0.0.0.0")]
    [InlineData("2130706433")]
    public async Task Host_OfAnother_IsRefusedOnEveryAddress(string host)
    {
        foreach (string path in new[] { "/", "/css/studio.css", "/hubs/runs", "/runs/x/metrics.csv", "/_blazor" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
            using HttpResponseMessage answer = await open.Client.SendAsync(request, Cancel);

            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("https://localhost.evil.example")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://localhost")]
    [InlineData("null")]
    [InlineData("file://")]
    [InlineData("chrome-extension://abcdef")]
    [InlineData("nonsense")]
    public async Task Origin_OfAnother_IsRefusedForPostsAndSockets(string origin)
    {
        foreach (string path in new[] { "/_blazor/negotiate", "/hubs/runs/negotiate", "/_blazor/disconnect" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            request.Headers.TryAddWithoutValidation("Origin", origin);
            using HttpResponseMessage answer = await open.Client.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        foreach (string path in new[] { "/_blazor", "/hubs/runs" })
        {
            using ClientWebSocket socket = Socket(origin);
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(open.SocketAddress(path), Cancel));
            Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
        }
    }

    [Theory]
    [InlineData("/_blazor")]
    [InlineData("/hubs/runs")]
    public async Task Origin_OfTheStudioItself_MayOpenASocket(string path)
    {
        using ClientWebSocket socket = Socket(open.Address.GetLeftPart(UriPartial.Authority));

        await socket.ConnectAsync(open.SocketAddress(path), Cancel);

        Assert.Equal(WebSocketState.Open, socket.State);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/nothing")]
    [InlineData("/css/studio.css")]
    [InlineData("/runs/x/metrics.csv")]
    [InlineData("/hubs/runs")]
    public async Task EveryAnswer_CarriesTheHeadersThatKeepABrowserSafe(string path)
    {
        using HttpResponseMessage answer = await open.Client.GetAsync(path, Cancel);

        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("eval", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["DENY"], answer.Headers.GetValues("X-Frame-Options"));
        Assert.Equal(["same-origin"], answer.Headers.GetValues("Referrer-Policy"));
        Assert.True(answer.Headers.Contains("Permissions-Policy"));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("/css")]
    [InlineData("/css/")]
    [InlineData("/js/")]
    [InlineData("/_content/MudBlazor/")]
    [InlineData("/_framework/")]
    public async Task Folder_IsNotListed(string path)
    {
        using HttpResponseMessage answer = await open.Client.GetAsync(path, Cancel);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static ClientWebSocket Socket(string origin)
    {
        var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        socket.Options.SetRequestHeader("Origin", origin);
        return socket;
    }

    public sealed class OpenStudio : IAsyncLifetime
    {
        private readonly TempFolder _folder = new();
        private RunningStudio? _studio;

        public HttpClient Client { get; private set; } = new();

        public Uri Address => new(_studio!.Address);

        public Uri SocketAddress(string path) => new UriBuilder(new Uri(Address, path)) { Scheme = "ws" }.Uri;

        public async ValueTask InitializeAsync()
        {
            _studio = await RunningStudio.StartAsync(_folder.Home);
            Client.BaseAddress = Address;
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            if (_studio is not null)
            {
                await _studio.DisposeAsync();
            }

            _folder.Dispose();
        }
    }
}
