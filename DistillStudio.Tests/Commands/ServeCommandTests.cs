using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DistillStudio.Tests.Commands;

public sealed class ServeCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_FilesOfThePage_AreWholeAndCompressed()
    {
        using ProgramRun studio = Start();
        using var client = new HttpClient { BaseAddress = await studio.AddressAsync() };

        foreach (string file in new[] { "_framework/blazor.web.js", "_content/MudBlazor/MudBlazor.min.css", "js/boot.js" })
        {
            byte[] whole = await client.GetByteArrayAsync(file, Cancel);
            Assert.NotEmpty(whole);
            using var request = new HttpRequestMessage(HttpMethod.Get, file) { Headers = { { "Accept-Encoding", "gzip" } } };
            using HttpResponseMessage packed = await client.SendAsync(request, Cancel);
            Assert.InRange((await packed.Content.ReadAsByteArrayAsync(Cancel)).Length, 1, whole.Length * 2 / 3);
        }
    }

    [Fact]
    public async Task Serve_Terminated_EndsWithZeroWithoutWaitingForAnOpenRequest()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using ProgramRun studio = Start();
        Uri address = await studio.AddressAsync();
        using var socket = new TcpClient(address.Host, address.Port);
        await socket.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n"u8.ToArray(), Cancel); // never finished

        long start = Stopwatch.GetTimestamp();
        await studio.SignalAsync("TERM");
        CommandResult result = await studio.EndAsync();

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 15);
        Assert.False(File.Exists(_folder["studio.address"]));
    }

    [Fact]
    public async Task Serve_PortBesideAddresses_IsRefusedRatherThanOneIgnored()
    {
        CommandResult result = await ProgramRun.ToEndAsync(
            ["--home", _folder.Path, "--port", "0", "--urls", "http://localhost:0"]);

        Assert.Equal((2, "--port and --urls exclude each other; give one of them."), (result.ExitCode, result.Error.Trim()));
    }

    [Theory]
    [InlineData("--port", "70000")]
    [InlineData("--port", "http")]
    [InlineData("--urls", "ftp://localhost:80")]
    [InlineData("--allowed-hosts", "http://studio.example/")]
    public async Task Serve_AddressThatCannotBe_IsRefusedWithOneSentence(string flag, string value)
    {
        CommandResult result = await ProgramRun.ToEndAsync(["--home", _folder.Path, flag, value]);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(flag, Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_ForOtherMachines_PrintsALinkThatSignsIn()
    {
        using ProgramRun studio = ProgramRun.Start("serve", "--home", _folder.Path, "--urls", "http://0.0.0.0:0");
        int port = (await studio.AddressAsync()).Port;
        string link = (await studio.LineAsync("Sign in at")).Split(' ')[3];
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        using HttpResponseMessage stranger = await client.GetAsync("/", Cancel);
        using HttpResponseMessage guest = await client.GetAsync(new Uri(link).PathAndQuery, Cancel);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (stranger.StatusCode, guest.StatusCode));
        Assert.Equal("/", guest.RequestMessage!.RequestUri!.PathAndQuery);
    }

    [Fact]
    public async Task Serve_HttpsWithoutACertificate_SaysWhatItNeeds()
    {
        CommandResult result = await ProgramRun.ToEndAsync(["serve", "--home", _folder.Path, "--urls", "https://127.0.0.1:0"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("needs a certificate", Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_PortIsTaken_SaysSoInOneSentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        CommandResult result = await ProgramRun.ToEndAsync(
            ["serve", "--home", _folder.Path, "--port", $"{((IPEndPoint)other.LocalEndpoint).Port}"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--port", Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    private ProgramRun Start() => ProgramRun.Start("serve", "--home", _folder.Path, "--port", "0");
}
