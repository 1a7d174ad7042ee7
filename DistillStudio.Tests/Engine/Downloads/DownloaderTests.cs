using System.Security.Cryptography;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Downloads;

public sealed class DownloaderTests : IDisposable
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(300_000);
    private static readonly DownloadPatience Hurried =
        new() { Pause = TimeSpan.FromMilliseconds(1), Silence = TimeSpan.FromSeconds(20), Attempts = 4 };

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = Downloader.CreateClient();

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Download_WholeFile_IsThereWithItsHash()
    {
        using var mirror = new Mirror(request => Mirror.Honest(request, Content));
        List<DownloadProgress> progress = [];
        DownloadResult result = await DownloadAsync(mirror, progress: progress.Add);
        Assert.Equal(Content, await File.ReadAllBytesAsync(_folder["file"], Token));
        Assert.Equal((300_000, Hash, false, 0), (result.Bytes, result.Sha256, result.IsVerified, result.ResumedAt));
        Assert.Equal(new DownloadProgress(300_000, 300_000), progress[^1]);
        Assert.Equal(["file"], Files());
    }

    [Fact]
    public async Task Download_ConnectionRepeatedlyCut_ResumesWhereItBroke()
    {
        using var mirror = new Mirror(request => Mirror.Cut(Mirror.Honest(request, Content), 70_000));
        await DownloadAsync(mirror);
        Assert.Equal(Content, await File.ReadAllBytesAsync(_folder["file"], Token));
        Assert.Equal([0, 70_000, 140_000, 210_000, 280_000], mirror.Requests.Select(request => request.From));
        Assert.All(mirror.Requests.Skip(1), request => Assert.Equal("\"v1\"", request.Headers["If-Range"]));
    }

    [Fact]
    public async Task Download_AfterAnInterruptedOne_ResumesFromDisk()
    {
        using (var mirror = new Mirror(request => request.From == 0 ? Mirror.Cut(Mirror.Honest(request, Content), 100_000) : new(503, [])))
        {
            StudioException broken = await Assert.ThrowsAsync<StudioException>(() => DownloadAsync(mirror));
            Assert.Contains("100 kB are kept", broken.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["file.part", "file.part.json"], Files());
        using var mended = new Mirror(request => Mirror.Honest(request, Content));
        await File.WriteAllTextAsync(
            _folder["file.part.json"],
            (await File.ReadAllTextAsync(_folder["file.part.json"], Token)).Replace(
                AddressIn(_folder["file.part.json"]), mended.Address.AbsoluteUri, StringComparison.Ordinal),
            Token);
        DownloadResult result = await DownloadAsync(mended);
        Assert.Equal(100_000, result.ResumedAt);
        Assert.Equal(100_000, Assert.Single(mended.Requests).From);
        Assert.Equal(Hash, result.Sha256);
    }

    [Fact]
    public async Task Download_FileChangedOnTheServer_StartsOver()
    {
        byte[] newer = RandomNumberGenerator.GetBytes(200_000);
        using var mirror = new Mirror(
            request => request.Number == 1
                ? Mirror.Cut(Mirror.Honest(request, Content), 50_000)
                : new(200, newer, ("Content-Length", "200000"), ("ETag", "\"v2\"")));
        await DownloadAsync(mirror);
        Assert.Equal(newer, await File.ReadAllBytesAsync(_folder["file"], Token));
    }

    [Fact]
    public async Task Download_ServerSendsAnotherRange_StartsOver()
    {
        using var mirror = new Mirror(request => request.Number switch
        {
            1 => Mirror.Cut(Mirror.Honest(request, Content), 50_000),
            2 => new(206, Content[10..], ("Content-Length", "299990"), ("Content-Range", "bytes 10-299999/300000")),
            _ => Mirror.Honest(request, Content),
        });
        Assert.Equal(Hash, (await DownloadAsync(mirror)).Sha256);
    }

    [Fact]
    public async Task Download_Redirects_AreFollowedWithoutTheTokenForAnotherHost()
    {
        using var other = new Mirror(request => Mirror.Honest(request, Content));
        using var mirror = new Mirror(request => request.Path switch
        {
            "/" => new(
                302, [], ("Location", "/again"), ("Content-Length", "0"), ("X-Linked-Etag", $"\"{Hash}\""), ("X-Linked-Size", "300000")),
            _ => new(307, [], ("Location", other.Address.AbsoluteUri), ("Content-Length", "0")),
        });
        DownloadResult result = await DownloadAsync(mirror, request => request with { Authorization = "Bearer secret" });
        Assert.True(result.IsVerified);
        Assert.All(mirror.Requests, request => Assert.Equal("Bearer secret", request.Headers["Authorization"]));
        Assert.DoesNotContain("Authorization", Assert.Single(other.Requests).Headers.Keys);
    }

    [Theory]
    [InlineData("file:///etc/passwd", "file://")]
    [InlineData("ftp://127.0.0.1/x", "ftp://")]
    [InlineData("/", "more than 10 times")]
    public async Task Download_RedirectThatMayNotBeFollowed_IsRefused(string location, string why)
    {
        using var mirror = new Mirror(_ => new(302, [], ("Location", location), ("Content-Length", "0")));
        InputException refused = await Assert.ThrowsAsync<InputException>(() => DownloadAsync(mirror));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("file", Files());
    }

    [Theory]
    [InlineData(404, "404")]
    [InlineData(401, "token")]
    [InlineData(410, "410")]
    public async Task Download_RefusedPermanently_IsNotRetried(int status, string why)
    {
        using var mirror = new Mirror(_ => new(status, [], ("Content-Length", "0")));
        Assert.Contains(why, (await Assert.ThrowsAnyAsync<InputException>(() => DownloadAsync(mirror))).Message, StringComparison.Ordinal);
        Assert.Single(mirror.Requests);
    }

    [Fact]
    public async Task Download_WithoutAByte_LeavesNothing()
    {
        using var mirror = new Mirror(_ => new(404, [], ("Content-Length", "0")));
        await Assert.ThrowsAnyAsync<InputException>(() => DownloadAsync(mirror));
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Download_WebPageInsteadOfTheFile_IsRefusedAndNotKept()
    {
        using var mirror = new Mirror(
            _ => new(200, "<html>Sign in</html>"u8.ToArray(), ("Content-Length", "20"), ("Content-Type", "text/html; charset=utf-8")));
        InputException refused = await Assert.ThrowsAsync<InputException>(() => DownloadAsync(mirror));
        Assert.Contains("answers with a web page", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Download_ServerFails_SaysWhyWhileItWaits()
    {
        using var mirror = new Mirror(
            request => request.Number == 1 ? new(503, [], ("Content-Length", "0")) : Mirror.Honest(request, Content));
        List<DownloadProgress> progress = [];
        await DownloadAsync(mirror, progress: progress.Add);
        Assert.Equal("503 Said; asking again in 1 s", progress[0].Text);
        Assert.Equal("300 kB of 300 kB", progress[^1].Text);
    }

    [Fact]
    public async Task Download_ServerIsBusy_WaitsAsRequested()
    {
        using var mirror = new Mirror(
            request => request.Number < 3 ? new(429, [], ("Retry-After", "0"), ("Content-Length", "0")) : Mirror.Honest(request, Content));
        await DownloadAsync(mirror, patience: Hurried with { Pause = TimeSpan.FromHours(1) });
        Assert.Equal(3, mirror.Requests.Count);
    }

    [Fact]
    public async Task Download_LengthIsTooSmall_ContradictsTheKnownSize()
    {
        using var mirror = new Mirror(_ => new(200, Content, ("Content-Length", "1000")));
        InputException refused = await Assert.ThrowsAsync<InputException>(
            () => DownloadAsync(mirror, request => request with { Bytes = 300_000 }));
        Assert.Contains("has 1,000 bytes but must have 300,000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Download_LengthIsTooLarge_FailsAndKeepsTheData()
    {
        using var mirror = new Mirror(
            request => new(
                request.From == 0 ? 200 : 206, Content[request.From..], ("Content-Length", $"{400_000 - request.From}"),
                ("Content-Range", $"bytes {request.From}-399999/400000"), ("ETag", "\"v1\"")));
        Assert.Contains(
            "300 kB are kept", (await Assert.ThrowsAsync<StudioException>(() => DownloadAsync(mirror))).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("file", Files());
    }

    [Fact]
    public async Task Download_WrongHash_IsDeletedAndNamesBoth()
    {
        using var mirror = new Mirror(request => Mirror.Honest(request, Content));
        InputException refused = await Assert.ThrowsAsync<InputException>(
            () => DownloadAsync(mirror, request => request with { Sha256 = new string('0', 64) }));
        Assert.Contains(Hash, refused.Message, StringComparison.Ordinal);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Download_EndlessBody_StopsAtTheLimit()
    {
        using var mirror = new Mirror(_ => new(200, Content));
        Assert.Contains(
            "100 kB",
            (
                await Assert.ThrowsAsync<InputException>(
                    () => DownloadAsync(mirror, request => request with { LimitBytes = 100_000 }))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Download_MoreThanTheDiskHolds_IsRefusedBeforeAByteIsWritten()
    {
        using var mirror = new Mirror(_ => new(200, Content, ("Content-Length", $"{1L << 39}")));
        Assert.Contains("free", (await Assert.ThrowsAsync<StudioException>(() => DownloadAsync(mirror))).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("file", Files());
    }

    [Fact]
    public async Task Download_SilentServer_TimesOutAndIsRetried()
    {
        using var mirror = new Mirror(
            request => request.Number == 1
                ? Mirror.Cut(Mirror.Honest(request, Content), 10_000) with { IsHanging = true }
                : Mirror.Honest(request, Content));
        await DownloadAsync(mirror, patience: Hurried with { Silence = TimeSpan.FromSeconds(1) });
        Assert.Equal(Content, await File.ReadAllBytesAsync(_folder["file"], Token));
    }

    [Fact]
    public async Task Download_Cancelled_KeepsWhatItHas()
    {
        using var stop = new CancellationTokenSource();
        using var mirror = new Mirror(request => Mirror.Cut(Mirror.Honest(request, Content), 100_000) with { IsHanging = true });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => DownloadAsync(mirror, progress: p => { if (p.Bytes == 100_000) { stop.Cancel(); } }, stop: stop.Token));
        Assert.Equal(100_000, new FileInfo(_folder["file.part"]).Length);
    }

    [Fact]
    public async Task Download_NoServerListens_IsReported()
    {
        var mirror = new Mirror(_ => new(200, []));
        Uri address = mirror.Address;
        mirror.Dispose();
        string said = (await Assert.ThrowsAsync<StudioException>(() => DownloadAsync(mirror, address: address))).Message;
        Assert.Contains("could not be downloaded after 4 attempts", said, StringComparison.Ordinal);
        Assert.Contains("check the network and the address", said, StringComparison.Ordinal);
        Assert.Empty(Files());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Hash => Convert.ToHexStringLower(SHA256.HashData(Content));

    private static string AddressIn(string note) =>
        System.Text.Json.JsonDocument.Parse(File.ReadAllText(note)).RootElement.GetProperty("Address").GetString()!;

    private IEnumerable<string> Files() =>
        Directory.EnumerateFiles(_folder.Path).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);

    private Task<DownloadResult> DownloadAsync(
        Mirror mirror, Func<DownloadRequest, DownloadRequest>? with = null, Action<DownloadProgress>? progress = null,
        DownloadPatience? patience = null, CancellationToken? stop = null, Uri? address = null)
    {
        var request = new DownloadRequest(address ?? mirror.Address, _folder["file"]);
        return new Downloader(_client, patience ?? Hurried).DownloadAsync(with?.Invoke(request) ?? request, progress, stop ?? Token);
    }
}
