using System.Net;
using System.Net.WebSockets;
using DistillStudio.Live;
using Microsoft.AspNetCore.SignalR.Client;

namespace DistillStudio.Tests.Access;

/// <summary>Signing out ends the sign-in on the server, not only in the browser that asked.</summary>
public sealed class SignOutTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SignOut_CookieReplayed_IsWorthNothingNowOrAfterARestartAndOtherSignInsStay(bool isTokenSet)
    {
        string left, stays;
        await using (RunningStudio studio = await StartAsync(isTokenSet))
        {
            using Visitor one = await Visitor.SignInAsync(studio), other = await Visitor.SignInAsync(studio);
            (left, stays) = (one.Cookie, other.Cookie);
            Assert.Equal(HttpStatusCode.OK, await AskAsync(studio, left));

            await one.SignOutAsync();

            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(studio, left));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(studio, stays));
        }

        await using RunningStudio restarted = await StartAsync(isTokenSet);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(restarted, left));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(restarted, stays));
    }

    [Theory]
    [InlineData("/_blazor")]
    [InlineData(RunHub.Path)]
    public async Task SignOut_SocketsOfThatSignIn_AreCutAtOnceAndOthersStay(string path)
    {
        await using RunningStudio studio = await StartAsync(isTokenSet: true);
        using Visitor one = await Visitor.SignInAsync(studio), other = await Visitor.SignInAsync(studio);
        using ClientWebSocket cut = await one.OpenSocketAsync(path), stays = await other.OpenSocketAsync(path);

        await one.SignOutAsync();

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(12)); // less than the 15 s after which a silent socket is closed anyway
        await Assert.ThrowsAsync<WebSocketException>(async () =>
        {
            if ((await cut.ReceiveAsync(new byte[1].AsMemory(), patience.Token)).MessageType == WebSocketMessageType.Close)
            {
                throw new WebSocketException("Closed.");
            }
        });
        Assert.Equal(WebSocketState.Open, stays.State);
        await Assert.ThrowsAsync<WebSocketException>(() => one.OpenSocketAsync(path));
    }

    [Theory]
    [InlineData(Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets)]
    [InlineData(Microsoft.AspNetCore.Http.Connections.HttpTransportType.ServerSentEvents)]
    [InlineData(Microsoft.AspNetCore.Http.Connections.HttpTransportType.LongPolling)]
    public async Task SignOut_ProgramThatFollowsARunWithTheCookie_LosesItsStream(
        Microsoft.AspNetCore.Http.Connections.HttpTransportType transport)
    {
        await using RunningStudio studio = await StartAsync(isTokenSet: true);
        using Visitor visitor = await Visitor.SignInAsync(studio);
        await using HubConnection connection = new HubConnectionBuilder()
            .WithUrl(studio.Address + RunHub.Path, http => (http.Transports, http.Cookies) = (transport, visitor.Cookies))
            .Build();
        var closed = new TaskCompletionSource();
        connection.Closed += _ =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        await connection.StartAsync(Cancel);

        await visitor.SignOutAsync(cookiesStay: true);

        await closed.Task.WaitAsync(TimeSpan.FromSeconds(25), Cancel);
    }

    private static async Task<HttpStatusCode> AskAsync(RunningStudio studio, string cookie)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, studio.Address + "/launch") { Headers = { { "Cookie", cookie } } };
        using HttpResponseMessage answer = await client.SendAsync(request, Cancel);
        return answer.StatusCode;
    }

    private Task<RunningStudio> StartAsync(bool isTokenSet) =>
        RunningStudio.StartAsync(RunningStudio.Options(_folder.Home, address: isTokenSet ? null : "http://0.0.0.0:0") with
        {
            Token = isTokenSet ? GuardedStudio.Token : null,
        });

    /// <summary>A browser that signed in.</summary>
    private sealed class Visitor : IDisposable
    {
        private readonly HttpClient _client;
        private readonly Uri _studio;

        private Visitor(Uri studio)
        {
            _studio = studio;
            _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = studio };
        }

        public CookieContainer Cookies { get; } = new();

        public string Cookie => Cookies.GetCookieHeader(_studio);

        public static async Task<Visitor> SignInAsync(RunningStudio studio)
        {
            string address = studio.Address.Replace(Dns.GetHostName(), "127.0.0.1", StringComparison.Ordinal);
            var visitor = new Visitor(new Uri(address));
            using HttpResponseMessage answer = await visitor._client.GetAsync(
                $"/login?token={studio.Token ?? GuardedStudio.Token}", Cancel);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            return visitor;
        }

        /// <param name="cookiesStay">As for a thief of the cookie, whom no answer tells to drop it.</param>
        public async Task SignOutAsync(bool cookiesStay = false)
        {
            string form = GuardedStudio.FormToken(await _client.GetStringAsync("/login", Cancel));
            string before = Cookie;
            using HttpResponseMessage answer = await _client.PostAsync("/logout", GuardedStudio.Form(form), Cancel);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            if (cookiesStay)
            {
                foreach (string pair in before.Split("; "))
                {
                    Cookies.Add(_studio, new Cookie(pair.Split('=', 2)[0], pair.Split('=', 2)[1]));
                }
            }
        }

        public async Task<ClientWebSocket> OpenSocketAsync(string path)
        {
            var socket = new ClientWebSocket { Options = { Cookies = Cookies } };
            await socket.ConnectAsync(new UriBuilder(new Uri(_studio, path)) { Scheme = "ws" }.Uri, Cancel);
            return socket;
        }

        public void Dispose() => _client.Dispose();
    }
}
