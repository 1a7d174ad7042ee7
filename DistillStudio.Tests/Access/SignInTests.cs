using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using DistillStudio.Access;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Live;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Access;

public sealed class SignInTests(GuardedStudio guarded) : IClassFixture<GuardedStudio>, IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/launch")]
    [InlineData("GET", "/compare?runs=a,b")]
    [InlineData("GET", "/runs/{id}")]
    [InlineData("GET", "/runs/{id}/metrics.csv")]
    [InlineData("GET", "/runs/{id}/metrics.json")]
    [InlineData("GET", "/runs/{id}/evaluations.csv")]
    [InlineData("GET", "/runs/{id}/events.jsonl")]
    [InlineData("GET", "/nothing")]
    [InlineData("GET", "/hubs/runs")]
    [InlineData("POST", "/hubs/runs/negotiate?negotiateVersion=1")]
    [InlineData("GET", "/_blazor")]
    [InlineData("POST", "/_blazor/negotiate?negotiateVersion=1")]
    [InlineData("POST", "/_blazor/disconnect")]
    [InlineData("GET", "/_blazor/initializers")]
    [InlineData("POST", "/logout")]
    [InlineData("PUT", "/")]
    public async Task Request_WithoutToken_IsRefused(string method, string path)
    {
        using HttpClient client = guarded.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{id}", guarded.RunId, StringComparison.Ordinal));

        using HttpResponseMessage answer = await client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.DoesNotContain(guarded.RunId, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", "/login")]
    [InlineData("/launch", "/login?next=%2Flaunch")]
    [InlineData("/runs/x?smooth=0.5", "/login?next=%2Fruns%2Fx%3Fsmooth%3D0.5")]
    public async Task Page_WithoutToken_LeadsABrowserToTheLoginPage(string path, string login)
    {
        using HttpClient client = guarded.Client();
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));

        using HttpResponseMessage answer = await client.GetAsync(path, Cancel);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(login, answer.Headers.Location!.PathAndQueryOf(guarded.Address));
    }

    [Fact]
    public async Task Link_WithTheToken_SignsInAndLosesIt()
    {
        using HttpClient client = guarded.Client();

        using HttpResponseMessage answer = await client.GetAsync($"/login?token={GuardedStudio.Token}&next=/launch", Cancel);
        using HttpResponseMessage page = await client.GetAsync("/launch", Cancel);
        using HttpResponseMessage download = await client.GetAsync($"/runs/{guarded.RunId}/metrics.csv", Cancel);

        Assert.Equal("/launch", answer.Headers.Location!.PathAndQueryOf(guarded.Address));
        string cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(GuardedStudio.Token, cookie, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (page.StatusCode, download.StatusCode));
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\t/evil.example")]
    [InlineData("/login?token=x")]
    [InlineData("evil.example")]
    public async Task Link_ThatWouldLeadElsewhere_LeadsToTheStudio(string next)
    {
        using HttpClient client = guarded.Client();

        using HttpResponseMessage answer = await client.GetAsync(
            $"/login?token={GuardedStudio.Token}&next={Uri.EscapeDataString(next)}", Cancel);

        Assert.Equal("/", answer.Headers.Location!.PathAndQueryOf(guarded.Address));
    }

    [Fact]
    public async Task Form_WithTheToken_SignsIn_AndSignOutEndsIt()
    {
        using HttpClient client = guarded.Client();
        string form = GuardedStudio.FormToken(await client.GetStringAsync("/login", Cancel));

        using HttpResponseMessage signedIn = await client.PostAsync(
            "/login", GuardedStudio.Form(form, ("token", GuardedStudio.Token), ("next", "/compare")), Cancel);
        string page = await client.GetStringAsync("/login", Cancel); // a form token belongs to whoever is signed in
        using HttpResponseMessage signedOut = await client.PostAsync("/logout", GuardedStudio.Form(GuardedStudio.FormToken(page)), Cancel);
        using HttpResponseMessage afterwards = await client.GetAsync("/", Cancel);

        Assert.Equal("/compare", signedIn.Headers.Location!.PathAndQueryOf(guarded.Address));
        Assert.Equal("/login", signedOut.Headers.Location!.PathAndQueryOf(guarded.Address));
        Assert.Equal(HttpStatusCode.Unauthorized, afterwards.StatusCode);
    }

    [Theory]
    [InlineData("/login")]
    [InlineData("/logout")]
    public async Task Post_WithoutAFormToken_IsRefused(string path)
    {
        using HttpClient client = guarded.Client(isSignedIn: true);

        using HttpResponseMessage answer = await client.PostAsync(path, GuardedStudio.Form(null, ("token", GuardedStudio.Token)), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic dGhlLXJpZ2h0LXRva2VuLTAxMjM0NTY3ODk=")]
    public async Task Program_WithTheWrongHeader_IsRefused(string header)
    {
        await using RunningStudio studio = await StartAnotherAsync(); // each wrong token counts against the address
        using var client = new HttpClient { BaseAddress = new Uri(studio.Address) };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);

        using HttpResponseMessage answer = await client.GetAsync("/launch", Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task WrongTokens_TooMany_EvenTheRightOneHasToWaitButWhoIsSignedInDoesNot()
    {
        await using RunningStudio studio = await StartAnotherAsync();
        using var signedIn = new HttpClient { BaseAddress = new Uri(studio.Address) };
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(studio.Address) };
        (await signedIn.GetAsync($"/login?token={GuardedStudio.Token}", Cancel)).EnsureSuccessStatusCode();

        List<HttpStatusCode> answers = [];
        for (int i = 0; i < TokenGate.Attempts + 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, i % 2 == 0 ? $"/login?token=wrong{i}" : "/launch");
            if (i % 2 == 1)
            {
                request.Headers.Authorization = new("Bearer", $"wrong{i}");
            }

            using HttpResponseMessage answer = await client.SendAsync(request, Cancel);
            answers.Add(answer.StatusCode);
        }

        using HttpResponseMessage link = await client.GetAsync($"/login?token={GuardedStudio.Token}", Cancel);
        client.DefaultRequestHeaders.Authorization = new("Bearer", GuardedStudio.Token);
        using HttpResponseMessage program = await client.GetAsync("/launch", Cancel);
        using HttpResponseMessage page = await signedIn.GetAsync("/launch", Cancel);

        Assert.Equal(
            [
                .. Enumerable.Repeat(HttpStatusCode.Unauthorized, TokenGate.Attempts),
                .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 2),
            ],
            answers);
        Assert.Equal(
            (HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests, HttpStatusCode.OK),
            (link.StatusCode, program.StatusCode, page.StatusCode));
        Assert.Equal(TokenGate.Window, program.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Cookie_OfAnotherToken_IsWorthNothing()
    {
        using var folder = new TempFolder();
        var cookies = new CookieContainer();
        async Task<HttpStatusCode> OpenAsync(string token, string path)
        {
            await using RunningStudio studio = await RunningStudio.StartAsync(RunningStudio.Options(folder.Home) with { Token = token });
            using var client =
                new HttpClient(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = new Uri(studio.Address) };
            using HttpResponseMessage answer = await client.GetAsync(path, Cancel);
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await OpenAsync(GuardedStudio.Token, $"/login?token={GuardedStudio.Token}"));
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(GuardedStudio.Token, "/launch")); // a restart signs no one out
        Assert.Equal(HttpStatusCode.Unauthorized, await OpenAsync("another-token-of-its-owner", "/launch"));
    }

    [Fact]
    public async Task Hub_WithTheTokenInItsHeader_Streams()
    {
        await Eventually.Holds(() => guarded.Studio.History.Find(guarded.RunId)!.State == RunState.Finished);
        await using HubConnection connection = new HubConnectionBuilder()
            .WithUrl(new Uri(guarded.Address, RunHub.Path), http => http.AccessTokenProvider = () =>
                Task.FromResult<string?>(GuardedStudio.Token))
            .AddJsonProtocol(json => json.PayloadSerializerOptions = EngineJson.Events)
            .Build();
        await connection.StartAsync(Cancel);

        List<RunEvent> events = [];
        await foreach (RunEvent happened in connection.StreamAsync<RunEvent>(nameof(RunHub.StreamEvents), guarded.RunId, 1L, Cancel))
        {
            events.Add(happened);
        }

        Assert.IsType<Finished>(events[^1]);
    }

    [Theory]
    [InlineData("/_blazor")]
    [InlineData("/hubs/runs")]
    public async Task WebSocket_WithoutToken_IsRefused(string path)
    {
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };

        await Assert.ThrowsAsync<WebSocketException>(
            () => socket.ConnectAsync(new UriBuilder(new Uri(guarded.Address, path)) { Scheme = "ws" }.Uri, Cancel));

        Assert.Equal(HttpStatusCode.Unauthorized, socket.HttpStatusCode);
    }

    [Fact]
    public async Task Token_WhereverItWasSent_IsNeverLogged()
    {
        using HttpClient client = guarded.Client(isSignedIn: true);
        using HttpResponseMessage link = await client.GetAsync($"/login?token={GuardedStudio.Token}", Cancel);
        string form = GuardedStudio.FormToken(await client.GetStringAsync("/login", Cancel));
        using HttpResponseMessage posted = await client.PostAsync(
            "/login", GuardedStudio.Form(form, ("token", GuardedStudio.Token)), Cancel);

        Assert.NotEmpty(guarded.Logged);
        Assert.DoesNotContain(guarded.Logged, line => line.Contains(GuardedStudio.Token, StringComparison.Ordinal));
    }

    private Task<RunningStudio> StartAnotherAsync() =>
        RunningStudio.StartAsync(RunningStudio.Options(_folder.Home) with { Token = GuardedStudio.Token });
}

internal static class UriWords
{
    /// <summary>Path and query, the address itself being relative or of this studio.</summary>
    public static string PathAndQueryOf(this Uri address, Uri studio)
    {
        var whole = new Uri(studio, address);
        Assert.Equal(studio.Authority, whole.Authority);
        return whole.PathAndQuery;
    }
}
