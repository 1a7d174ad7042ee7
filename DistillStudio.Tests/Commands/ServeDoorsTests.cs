using System.Net;
using System.Net.NetworkInformation;

namespace DistillStudio.Tests.Commands;

/// <summary>What the whole process does with its surroundings: variables, files of settings, the system's limits and modes of
/// files.</summary>
public sealed class ServeDoorsTests : IDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Kestrel__Endpoints__Http__Url", "http://0.0.0.0:{0}")]
    [InlineData("ASPNETCORE_Kestrel__Endpoints__Http__Url", "http://0.0.0.0:{0}")]
    [InlineData("DOTNET_Kestrel__Endpoints__Http__Url", "http://0.0.0.0:{0}")]
    [InlineData("ASPNETCORE_URLS", "http://0.0.0.0:{0}")]
    [InlineData("DOTNET_URLS", "http://0.0.0.0:{0}")]
    [InlineData("URLS", "http://0.0.0.0:{0}")]
    [InlineData("HTTP_PORTS", "{0}")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0}")]
    [InlineData("DOTNET_HTTP_PORTS", "{0}")]
    [InlineData("appsettings.json", "http://0.0.0.0:{0}")]
    public async Task Serve_AddressSetElsewhere_ListensWhereItWasToldAndNowhereElse(string where, string value)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Started by a POSIX shell.");
        int port = FreePort();
        string address = value.Replace("{0}", $"{port}", StringComparison.Ordinal);
        Dictionary<string, string> environment = new() { ["ASPNETCORE_PREFERHOSTINGURLS"] = "false" };
        if (where == "appsettings.json")
        {
            _folder.Write(
                "appsettings.json",
                """{"urls":"ADDRESS","Kestrel":{"Endpoints":{"Http":{"Url":"ADDRESS"}}}}""".Replace(
                    "ADDRESS", address, StringComparison.Ordinal));
            environment["ASPNETCORE_CONTENTROOT"] = _folder.Path;
        }
        else
        {
            environment[where] = address;
        }

        using ProgramRun studio = ProgramRun.StartAfter(
            $"cd '{_folder.Path}';", environment, "serve", "--home", _folder["home"], "--port", "0");
        string line = await studio.LineAsync("open at");

        Assert.Contains("http://127.0.0.1:", line, StringComparison.Ordinal);
        Assert.DoesNotContain(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners(), listener => listener.Port == port);
    }

    [Fact]
    public async Task Serve_AddressSetElsewhere_SaysThatItIsNotRead()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Started by a POSIX shell.");
        Dictionary<string, string> environment = new()
        {
            ["ASPNETCORE_URLS"] = "http://0.0.0.0:80",
            ["Kestrel__Endpoints__Http__Url"] = "http://0.0.0.0:80",
            ["ASPNETCORE_HTTP_PORTS"] = "8080", // container images set it
        };
        using ProgramRun studio = ProgramRun.StartAfter("", environment, "serve", "--home", _folder["home"], "--port", "0");
        await AddressOf(studio);
        await studio.SignalAsync("TERM");

        CommandResult result = await studio.EndAsync();

        Assert.Equal(
            "ASPNETCORE_URLS and Kestrel__Endpoints__Http__Url are not read; give the studio's addresses with --urls.",
            Assert.Single(result.Problems));
    }

    [Fact]
    public async Task Serve_CertificateThatNoAddressNeeds_IsNotRead()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Started by a POSIX shell.");
        Dictionary<string, string> environment = new() { ["Kestrel__Certificates__Default__Path"] = _folder["missing.pfx"] };
        using ProgramRun studio = ProgramRun.StartAfter("", environment, "serve", "--home", _folder["home"], "--port", "0");
        using var client = new HttpClient { BaseAddress = await AddressOf(studio) };

        Assert.Equal("Healthy", await client.GetStringAsync("/healthz", Cancel));
    }

    [Fact]
    public async Task Serve_ForwardedHeadersSetElsewhere_AreNotBelieved()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Started by a POSIX shell.");
        using ProgramRun studio =
            ProgramRun.StartAfter(
                "", new Dictionary<string, string> { ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true" }, "serve", "--home", _folder["home"],
                "--port", "0");
        using var client = new HttpClient { BaseAddress = await AddressOf(studio) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/launch")
        {
            Headers = { { "X-Forwarded-Host", "evil.example" }, { "X-Forwarded-Prefix", "/evil" } },
        };

        using HttpResponseMessage answer = await client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("<base href=\"/\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ASPNETCORE_Kestrel__Certificates__Default__", true)]
    [InlineData("Kestrel__Certificates__Default__", true)]
    [InlineData("ASPNETCORE_Kestrel__Certificates__Default__", false)]
    public async Task Serve_CertificateInTheEnvironment_IsTheOnlyThingTakenFromThere(string prefix, bool isPasswordRight)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Started by a POSIX shell.");
        string thumbprint = TestCertificate.Write(_folder, "studio.pfx");
        Dictionary<string, string> environment = new()
        {
            [prefix + "Path"] = "studio.pfx", // from where it is started
            [prefix + "Password"] = isPasswordRight ? "secret" : "wrong",
            ["Kestrel__Endpoints__Https__Url"] = "https://0.0.0.0:0",
        };
        using ProgramRun studio = ProgramRun.StartAfter(
            $"cd '{_folder.Path}';", environment, "serve", "--home", _folder["home"], "--urls", "https://127.0.0.1:0");
        if (!isPasswordRight)
        {
            CommandResult result = await studio.EndAsync();
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("needs a certificate that can be read", Assert.Single(result.Problems), StringComparison.Ordinal);
            return;
        }

        string address = (await studio.LineAsync("open at")).Split(' ').First(
            word => word.StartsWith("https://127.0.0.1:", StringComparison.Ordinal));
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == thumbprint,
        };
        using var client = new HttpClient(handler);
        using HttpResponseMessage answer = await client.GetAsync(address, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Serve_NoInotifyInstanceLeft_OpensAndAnswers()
    {
        Assert.SkipUnless(
            await MayLimitInotifyAsync(), "This system lets no user limit inotify instances in a namespace of their own (unshare -Ur).");
        using ProgramRun studio = ProgramRun.StartAfter(
            "exec unshare -Ur /bin/sh -c 'echo 0 > /proc/sys/user/max_inotify_instances; exec dotnet \"$0\" \"$@\"' \"$0\" \"$@\";",
            NoVariables, "serve", "--home", _folder["home"], "--port", "0");
        using var client = new HttpClient { BaseAddress = await AddressOf(studio) };

        using HttpResponseMessage answer = await client.GetAsync("/healthz/live", Cancel);
        await studio.SignalAsync("TERM");
        CommandResult result = await studio.EndAsync();

        Assert.Equal((HttpStatusCode.OK, 0, ""), (answer.StatusCode, result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("umask 000;")]
    [InlineData("umask 022;")]
    public async Task Serve_WhateverTheMask_WritesForItsOwnerAlone(string umask)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files.");
        using ProgramRun studio = ProgramRun.StartAfter(umask, NoVariables, "serve", "--home", _folder["home"], "--port", "0");
        using var client = new HttpClient { BaseAddress = await AddressOf(studio) };
        await client.GetStringAsync("/launch", Cancel);

        AssertPrivate(_folder["home"]);
    }

    [Theory]
    [InlineData("umask 022;", 0b111_101_101, 0b110_100_100)]
    [InlineData("umask 027;", 0b111_101_000, 0b110_100_000)]
    public async Task Train_OutGiven_WritesTheHomeForItsOwnerAloneAndTheModelAsTheUsersMaskSays(string umask, int folder, int file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files.");
        string @out = _folder["out/model"];
        using ProgramRun run = ProgramRun.StartAfter(
            umask, NoVariables, "train", "--dataset", "demo", "--home", _folder["home"], "--max_steps", "1", "--eval_steps", "1",
            "--eval-limit", "2", "--threads", "1", "--out", @out);

        CommandResult result = await run.EndAsync();

        Assert.True(result.ExitCode == 0, result.Error);
        AssertPrivate(_folder["home"]);
        Assert.Equal(((UnixFileMode)folder, (UnixFileMode)folder), (FileModes.Of(_folder["out"]), FileModes.Of(@out)));
        Assert.All(Directory.GetFiles(@out), path => Assert.Equal((UnixFileMode)file, FileModes.Of(path)));
    }

    [Theory]
    [InlineData("--path-base", "https://host/studio")]
    [InlineData("--trusted-proxy", "nginx")]
    public async Task Serve_ProxyThatCannotBe_IsRefusedWithOneSentence(string flag, string value)
    {
        CommandResult result = await ProgramRun.ToEndAsync(["--home", _folder["home"], flag, value]);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"{flag} {value}", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_UnderAPathBaseBehindProxies_PrintsTheAddressWithItAndALink()
    {
        using ProgramRun studio =
            ProgramRun.Start(
                "serve", "--home", _folder["home"], "--port", "0", "--path-base", "studio", "--trusted-proxy", "127.0.0.1",
                "--trusted-proxy", "10.0.0.0/8;::1");

        Assert.EndsWith("/studio", (await AddressOf(studio)).AbsoluteUri, StringComparison.Ordinal);
        string link = (await studio.LineAsync("Sign in at")).Split(' ')[3];
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.GetAsync(link, Cancel);
        Assert.Equal((HttpStatusCode.OK, "/studio/"), (answer.StatusCode, answer.RequestMessage!.RequestUri!.AbsolutePath));
    }

    private static async Task<bool> MayLimitInotifyAsync()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/unshare"))
        {
            return false;
        }

        using var trial = System.Diagnostics.Process.Start(
            "/usr/bin/unshare", ["-Ur", "/bin/sh", "-c", "echo 0 > /proc/sys/user/max_inotify_instances"]);
        await trial.WaitForExitAsync(Cancel);
        return trial.ExitCode == 0;
    }

    private static void AssertPrivate(string home)
    {
        Assert.All(
            Directory.EnumerateFileSystemEntries(home, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
                .Append(home),
            path => Assert.Equal(default, FileModes.Of(path) & FileModes.Others));
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Any, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<Uri> AddressOf(ProgramRun studio) =>
        new((await studio.LineAsync("open at")).Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal)));
}
