using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using DistillStudio.Access;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Access;

/// <summary>Connections on which nobody is signed in, many and idle, from the address of the owner too.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class GuestConnectionsTests : IDisposable
{
    private const int Many = 2000;

    private readonly TempFolder _folder = new();
    private readonly List<TcpClient> _idle = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _idle.ForEach(client => client.Dispose());
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(true, "GET / HTTP/1.1\r\nHost: localhost\r\n")] // never finished
    [InlineData(true, "GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")] // answered, then silent
    [InlineData(false, "")]
    [InlineData(false, "GET / HTTP/1.1\r\nHost: localhost\r\n")]
    [InlineData(false, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task IdleConnections_ByTheThousand_LockNobodyOutAndCutNoOpenTab(bool hasToken, string sent)
    {
        await using RunningStudio studio = await StartAsync(hasToken);
        using HttpClient owner = Client(studio);
        if (hasToken)
        {
            (await owner.GetAsync($"/login?token={GuardedStudio.Token}", Cancel)).EnsureSuccessStatusCode();
        }

        using var tab = new ClientWebSocket();
        tab.Options.SetRequestHeader("Authorization", hasToken ? $"Bearer {GuardedStudio.Token}" : "");
        await tab.ConnectAsync(new UriBuilder(studio.Address) { Scheme = "ws", Path = "/hubs/runs" }.Uri, Cancel);

        await OpenAsync(studio, Many, sent);

        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage page = await owner.GetAsync("/launch", Cancel); // each on a connection of its own
        using HttpClient newcomer = Client(studio);
        using HttpResponseMessage login = await newcomer.GetAsync(hasToken ? "/login" : "/launch", Cancel);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (page.StatusCode, login.StatusCode));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 30);
        Assert.Equal(WebSocketState.Open, tab.State);
        await Eventually.Holds(() => studio.Services.GetRequiredService<GuestConnections>().Count <= GuestConnections.MostOfOneAddress);
    }

    [Fact]
    public async Task IdleConnection_ThatAsksNothing_IsEndedSoon()
    {
        await using RunningStudio studio = await StartAsync(hasToken: true);
        await OpenAsync(studio, 1, "GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await OpenAsync(studio, 1, "");

        await Eventually.Holds(() => studio.Services.GetRequiredService<GuestConnections>().Count == 0, GuestConnections.IdleTimeout * 2);
    }

    [Fact]
    public async Task Connection_OfSomebodySignedIn_IsNoGuestWhileItIsOpen()
    {
        await using RunningStudio studio = await StartAsync(hasToken: true);
        GuestConnections guests = studio.Services.GetRequiredService<GuestConnections>();
        await OpenAsync(studio, 1, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await Eventually.Holds(() => guests.Count == 1);

        await OpenAsync(studio, 1, $"GET /launch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GuardedStudio.Token}\r\n\r\n");
        await Eventually.Holds(() => _idle[^1].Available > 0);

        Assert.Equal(1, guests.Count);
    }

    private static HttpClient Client(RunningStudio studio) =>
        new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = new Uri(studio.Address) };

    private Task<RunningStudio> StartAsync(bool hasToken) =>
        RunningStudio.StartAsync(RunningStudio.Options(_folder.Home) with { Token = hasToken ? GuardedStudio.Token : null });

    private async Task OpenAsync(RunningStudio studio, int count, string sent)
    {
        var address = new Uri(studio.Address);
        for (int i = 0; i < count; i++)
        {
            var client = new TcpClient();
            _idle.Add(client);
            await client.ConnectAsync(IPAddress.Loopback, address.Port, Cancel);
            try
            {
                await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(sent), Cancel);
            }
            catch (IOException)
            {
                // It has made room for another.
            }
        }
    }
}
