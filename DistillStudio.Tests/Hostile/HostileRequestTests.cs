namespace DistillStudio.Tests.Hostile;

/// <summary>Requests that no browser sends: each is refused or answered as any unknown address is, and shows nothing of the
/// machine.</summary>
[Collection(nameof(AttackedStudio))]
public sealed class HostileRequestTests(AttackedStudio studio)
{
    private const string Long = "\u0001LONG"; // stands for many characters, so that a case's name stays short

    public static TheoryData<string> Downloads =>
    [
        "..", "../..", "%2e%2e", "%2e%2e%2f%2e%2e", "..%2f..%2fsecret.txt", "..%2f..%2fsecret.txt%00", "..%5c..%5csecret.txt",
        "....%2f%2f....%2f%2fsecret.txt",
        "%252e%252e%252fsecret.txt", "%c0%ae%c0%ae%2fsecret.txt", "%2fetc%2fpasswd", "%2f%2fproc%2fself%2fenviron",
        "C:%5cWindows%5cwin.ini", "file:%2f%2f%2fetc%2fpasswd",
        "%00", "x%00.csv", "CON", "NUL", "COM1", "LPT1.txt", "aux", "~root", "$(id)", "%60id%60", "%7b%7b7*7%7d%7d",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "'%20or%201=1--",
        "%0d%0aSet-Cookie:x=y", "%ff%fe", "%e2%80%ae", "-rf", Long, "*", "%25n%25n%25s",
    ];

    public static TheoryData<string> Files =>
    [
        "/css/../../secret.txt", "/css/..%2f..%2fsecret.txt", "/css/%2e%2e/%2e%2e/secret.txt", "/..%5c..%5csecret.txt", "//etc/passwd",
        "/studio.db", "/studio.lock", "/studio.address", "/keys/",
        "/home/studio.db", "/_content/../appsettings.json", "/appsettings.json", "/web.config", "/.git/config", "/DistillStudio.dll",
        "/DistillStudio.deps.json", "/_framework/..%2f..%2fDistillStudio.dll",
        "/css/studio.css%00.png", "/css/studio.css/..", "/css/studio.css::$DATA", "/wwwroot/css/studio.css", "/runs/{id}/spec.json",
        "/runs/{id}/studio.json", "/runs/{id}/run.lock",
        "/runs/{id}/model/config.json", "/runs/{id}/checkpoints/", "/runs/{id}/metrics.csv/..%2fspec.json", "/proc/self/environ",
        "/../../../../../../proc/self/environ", "/%2e%2e/%2e%2e/etc/shadow",
    ];

    public static TheoryData<string, string> Broken => new()
    {
        { "no host", "GET / HTTP/1.1\r\n\r\n" },
        { "no host, HTTP/1.0", "GET / HTTP/1.0\r\n\r\n" },
        { "two hosts", "GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n" },
        { "empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n" },
        { "host with a path", "GET / HTTP/1.1\r\nHost: {host}/evil\r\n\r\n" },
        { "host with a user", "GET / HTTP/1.1\r\nHost: evil@{host}\r\n\r\n" },
        { "host with a blank", "GET / HTTP/1.1\r\nHost: local host\r\n\r\n" },
        { "host with a null byte", "GET / HTTP/1.1\r\nHost: localhost\0\r\n\r\n" },
        { "host, very long", "GET / HTTP/1.1\r\nHost: " + Long + "\r\n\r\n" },
        { "another host in the request line", "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n" },
        { "two hosts, one in the request line", "GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" },
        { "foreign origin on a page", "GET / HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n" },
        { "two origins", "GET / HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nOrigin: http://evil.example\r\nConnection: "
            + "close\r\n\r\n" },
        { "foreign origin on a post", "POST /_blazor/negotiate HTTP/1.1\r\nHost: {host}\r\nOrigin: https://evil.example\r\nContent-Length: "
            + "0\r\nConnection: close\r\n\r\n" },
        { "address of 20,000 characters", "GET /" + Long + Long + " HTTP/1.1\r\nHost: {host}\r\n\r\n" },
        { "header of 40,000 characters", "GET / HTTP/1.1\r\nHost: {host}\r\nX-Long: " + Long + Long + Long + Long + "\r\n\r\n" },
        {
            "500 headers",
            "GET / HTTP/1.1\r\nHost: {host}\r\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"X-{i}: y\r\n")) + "\r\n"
        },
        { "header with a null byte", "GET / HTTP/1.1\r\nHost: {host}\r\nX-Null: a\0b\r\n\r\n" },
        { "header without a colon", "GET / HTTP/1.1\r\nHost: {host}\r\nnonsense\r\n\r\n" },
        { "header name with a blank", "GET / HTTP/1.1\r\nHost: {host}\r\nX Y: z\r\n\r\n" },
        { "unknown method", "FROBNICATE / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" },
        { "TRACE", "TRACE / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" },
        { "CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" },
        { "DELETE of a run", "DELETE /runs/{id} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" },
        { "unknown version", "GET / HTTP/9.9\r\nHost: {host}\r\n\r\n" },
        { "no version", "GET /\r\nHost: {host}\r\n\r\n" },
        { "two lengths", "POST /_blazor/negotiate HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello" },
        { "negative length", "POST /_blazor/negotiate HTTP/1.1\r\nHost: {host}\r\nContent-Length: -5\r\n\r\n" },
        { "length and chunks", "POST /_blazor/negotiate HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: "
            + "gzip\r\n\r\n0\r\n\r\n" },
        { "a body past the limit", "POST /_blazor/disconnect HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; "
            + "boundary=x\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n" },
        { "a chunk that is no number", "POST /_blazor/disconnect HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; "
            + "boundary=x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" },
        { "TLS to a port without it", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003" },
        { "zeros", new string('\0', 64) + "\r\n\r\n" },
        { "null byte in the address", "GET /\0 HTTP/1.1\r\nHost: {host}\r\n\r\n" },
        { "bytes beyond ASCII in the address", "GET /\u00ff\u00fe HTTP/1.1\r\nHost: {host}\r\n\r\n" },
        { "no address", "GET  HTTP/1.1\r\nHost: {host}\r\n\r\n" },
        { "web socket of an old version", "GET /hubs/runs HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: "
            + "Upgrade\r\nSec-WebSocket-Version: 1\r\nSec-WebSocket-Key: x\r\n\r\n" },
        { "web socket of a foreign page", "GET /_blazor HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\nUpgrade: "
            + "websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" },
        { "a hub's connection that never was", "GET /hubs/runs?id=nothing HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" },
        { "a hub by DELETE", "DELETE /hubs/runs?id=nothing HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Downloads))]
    public async Task Download_OfARunThatCannotBe_IsNotFound(string id)
    {
        foreach (string file in new[] { "metrics.csv", "events.jsonl" })
        {
            await AssertRefusedAsync(Get($"/runs/{id}/{file}"));
        }

        await studio.AssertUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task File_ThatIsNotServed_IsNotFound(string path)
    {
        await AssertRefusedAsync(Get(path));
        await studio.AssertUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Request_ThatIsBroken_IsRefused(string name, string request)
    {
        Assert.NotEmpty(name);
        await AssertRefusedAsync(request);
        await studio.AssertUnharmedAsync();
    }

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\r\n";

    private async Task AssertRefusedAsync(string request)
    {
        (int status, string text) = await studio.SendAsync(request
            .Replace("{host}", studio.Host, StringComparison.Ordinal)
            .Replace("{id}", studio.RunId, StringComparison.Ordinal)
            .Replace(Long, new string('a', 10_000), StringComparison.Ordinal));

        Assert.True(status is 0 or 505 or (>= 400 and < 500), $"{status}: {text[..Math.Min(text.Length, 500)]}");
        Assert.DoesNotContain(AttackedStudio.Secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal); // no stack trace
        Assert.DoesNotContain("evil.example", text, StringComparison.Ordinal);
    }
}
