using System.Net;
using DistillStudio.Access;
using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistillStudio.Tests.Access;

/// <summary>What a proxy's headers count for, and the path under which it shows the studio.</summary>
public sealed class BehindProxyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.9/8", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("10.0.0.0/8", false)]
    [InlineData("127.0.0.2", false)]
    [InlineData("::1", false)]
    [InlineData(null, false)]
    public async Task WrongTokens_OfOneVisitor_KeepOthersOutOnlyWhereTheProxyIsNotTrusted(string? trusted, bool isTrusted)
    {
        await using RunningStudio studio = await StartAsync(trusted);
        for (int i = 0; i <= TokenGate.Attempts; i++)
        {
            await AskAsync(studio, "/launch", "wrong", ("X-Forwarded-For", "203.0.113.7"));
        }

        Assert.Equal(
            HttpStatusCode.TooManyRequests, await AskAsync(studio, "/launch", GuardedStudio.Token, ("X-Forwarded-For", "203.0.113.7")));
        Assert.Equal(
            isTrusted ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests,
            await AskAsync(studio, "/launch", GuardedStudio.Token, ("X-Forwarded-For", "203.0.113.8")));
    }

    [Fact]
    public async Task Visitor_WhoForgesAnAddress_IsKnownByTheOneThatTheProxySaw()
    {
        await using RunningStudio studio = await StartAsync("127.0.0.1");
        for (int i = 0; i <= TokenGate.Attempts; i++)
        {
            await AskAsync(studio, "/launch", "wrong", ("X-Forwarded-For", $"198.51.100.{i}, 203.0.113.7"));
        }

        Assert.Equal(
            HttpStatusCode.TooManyRequests,
            await AskAsync(studio, "/launch", GuardedStudio.Token, ("X-Forwarded-For", "198.51.100.99, 203.0.113.7")));
    }

    [Theory]
    [InlineData("127.0.0.1", "203.0.113.7")]
    [InlineData(null, "127.0.0.1")]
    public async Task WrongTokens_TooMany_AreLoggedOnceWithTheAddressThatCounts(string? trusted, string address)
    {
        var log = new RecordedLog();
        await using RunningStudio studio = await StartAsync(trusted, log: log);
        for (int i = 0; i < TokenGate.Attempts + 5; i++)
        {
            await AskAsync(studio, "/launch", "wrong", ("X-Forwarded-For", "203.0.113.7"));
        }

        string line = Assert.Single(log.Entries, line => line.Contains("wrong tokens", StringComparison.Ordinal));
        Assert.Contains($"from {address} ", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "studio.example", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", "evil.example", HttpStatusCode.BadRequest)]
    [InlineData(null, "evil.example", HttpStatusCode.OK)] // unread
    public async Task Host_NamedByAProxy_IsJudgedWhereTheProxyIsTrusted(string? trusted, string host, HttpStatusCode expected)
    {
        await using RunningStudio studio = await StartAsync(trusted);

        Assert.Equal(expected, await AskAsync(studio, "/launch", GuardedStudio.Token, ("X-Forwarded-Host", host)));
    }

    [Theory]
    [InlineData("127.0.0.1", "/lab/studio", "<base href=\"/lab/studio/\"")]
    [InlineData("127.0.0.1", "/lab/studio/", "<base href=\"/lab/studio/\"")]
    [InlineData("127.0.0.1", "/user/ada%40lab/proxy/5080", "<base href=\"/user/ada@lab/proxy/5080/\"")]
    [InlineData("127.0.0.1", "//evil.example", "<base href=\"/\"")]
    [InlineData("127.0.0.1", "/\\evil.example", "<base href=\"/%5Cevil.example/\"")]
    [InlineData("127.0.0.1", "/a/../b", "<base href=\"/\"")]
    [InlineData("10.0.0.1", "/lab/studio", "<base href=\"/\"")]
    [InlineData(null, "/lab/studio", "<base href=\"/\"")]
    public async Task Prefix_NamedByAProxy_CountsWhereTheProxyIsTrustedAndThePathIsPlain(string? trusted, string prefix, string expected)
    {
        await using RunningStudio studio = await StartAsync(trusted);
        using HttpRequestMessage request = Request(studio, "/launch", GuardedStudio.Token, ("X-Forwarded-Prefix", prefix));
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.SendAsync(request, Cancel);

        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/studio/launch", HttpStatusCode.Redirect, "/studio/login?next=%2Flaunch")]
    [InlineData("/launch", HttpStatusCode.Redirect, "/studio/login?next=%2Flaunch")] // taken away by the proxy
    [InlineData("/studio/", HttpStatusCode.Redirect, "/studio/login")]
    [InlineData("/studio", HttpStatusCode.TemporaryRedirect, "/studio/")]
    [InlineData("/studio?state=active", HttpStatusCode.TemporaryRedirect, "/studio/?state=active")]
    [InlineData("/studio/login?token=" + GuardedStudio.Token + "&next=%2Flaunch", HttpStatusCode.Redirect, "/studio/launch")]
    [InlineData("/studio/login?token=" + GuardedStudio.Token + "&next=%2F%2Fevil.example", HttpStatusCode.Redirect, "/studio/")]
    [InlineData("/login?token=wrong", HttpStatusCode.Redirect, "/studio/login?wrong=true")]
    public async Task Redirect_UnderAPathBase_StaysUnderIt(string path, HttpStatusCode status, string location)
    {
        await using RunningStudio studio = await StartAsync(null, "/studio");
        using HttpRequestMessage request = Request(studio, path, null, ("Accept", "text/html"));
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using HttpResponseMessage answer = await client.SendAsync(request, Cancel);

        Assert.Equal((status, location), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        Assert.All(answer.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies) ? cookies : [], cookie =>
            Assert.Contains("path=/studio;", cookie, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/studio/css/studio.css")]
    [InlineData("/css/studio.css")]
    [InlineData("/studio/_framework/blazor.web.js")]
    [InlineData("/studio/healthz")]
    [InlineData("/healthz")]
    public async Task File_UnderAPathBase_IsFoundWithItAndWithoutIt(string path)
    {
        await using RunningStudio studio = await StartAsync(null, "studio/");

        Assert.Equal(HttpStatusCode.OK, await AskAsync(studio, path, null));
        Assert.EndsWith("/studio", studio.Address, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://host/studio")]
    [InlineData("//host")]
    [InlineData("/a b")]
    [InlineData("/a?b")]
    [InlineData("/a#b")]
    [InlineData("/../a")]
    [InlineData("/\\a")]
    [InlineData("/\"><script>")]
    [InlineData("C:/Program Files/studio")]
    public void PathBase_ThatIsNoPath_IsRefused(string path) =>
        Assert.Contains(path, Assert.Throws<InputException>(() => PathPrefix.Parse(path, "--path-base")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("/", "")]
    [InlineData("studio", "/studio")]
    [InlineData("/studio/", "/studio")]
    [InlineData("/user/ada%40lab/proxy/5080", "/user/ada@lab/proxy/5080")]
    public void PathBase_HoweverWritten_IsOnePath(string? text, string path) =>
        Assert.Equal(path, PathPrefix.Parse(text, "--path-base").Value ?? "");

    [Theory]
    [InlineData("localhost")]
    [InlineData("nginx")]
    [InlineData("10")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x7f.0.0.1/8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("http://10.0.0.1")]
    [InlineData("*")]
    public void TrustedProxy_ThatIsNoAddress_IsRefused(string text) =>
        Assert.Contains(
            text, Assert.Throws<InputException>(() => new TrustedProxies([text], "--trusted-proxy")).Message, StringComparison.Ordinal);

    [Fact]
    public void TrustedProxy_WithoutAToken_HasOneMadeSinceVisitorsComeFromElsewhere() =>
        Assert.NotNull(AccessPlan.Of(new StudioOptions { Home = _folder.Home, TrustedProxies = ["127.0.0.1"] }).Token!.Generated);

    private static HttpRequestMessage Request(
        RunningStudio studio, string path, string? token, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(studio.Address), path));
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static async Task<HttpStatusCode> AskAsync(
        RunningStudio studio, string path, string? token, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Request(studio, path, token, headers);
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.SendAsync(request, Cancel);
        return answer.StatusCode;
    }

    private Task<RunningStudio> StartAsync(string? trusted, string? pathBase = null, RecordedLog? log = null)
    {
        StudioOptions options = RunningStudio.Options(_folder.Home);
        return RunningStudio.StartAsync(options with
        {
            Token = GuardedStudio.Token,
            AllowedHosts = ["studio.example"],
            TrustedProxies = trusted is null ? [] : [trusted],
            PathBase = pathBase,
            Services = services =>
            {
                options.Services!(services);
                services.AddLogging(logging => logging.AddProvider(log ?? new RecordedLog()));
            },
        });
    }
}
