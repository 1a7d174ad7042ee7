using System.Net;
using System.Net.Http.Headers;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Downloads;

/// <summary>What a server announces about a file, collected along its redirects.</summary>
/// <param name="LinkedSha256">The SHA-256 in <c>X-Linked-Etag</c>, as model hubs send it; null if there is none.</param>
/// <param name="LinkedBytes">The size in <c>X-Linked-Size</c>; null if there is none.</param>
/// <param name="Commit">The commit in <c>X-Repo-Commit</c>; null if there is none.</param>
internal sealed record Announcement(string? LinkedSha256, long? LinkedBytes, string? Commit);

/// <summary>
/// Sends requests and follows redirects itself: only to <c>http</c> and <c>https</c>, never from <c>https</c> to <c>http</c>, and without
/// credentials for another host.
/// </summary>
internal sealed class RedirectingClient(HttpClient client)
{
    private const int MostRedirects = 10;
    private const int Sha256Digits = 64;

    /// <summary>Creates a client that neither follows redirects nor decompresses automatically, and has no time limit.</summary>
    public static HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(20),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        };
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.TryParseAdd($"DistillStudio/{BuildVersion.Current}");
        return client;
    }

    /// <param name="range">The bytes to request; null for the whole file.</param>
    /// <param name="validator">The version of the file that the range belongs to; null if it is not known.</param>
    /// <exception cref="InputException">A redirect is not allowed.</exception>
    public async Task<(HttpResponseMessage Response, Announcement Announced)> GetAsync(
        DownloadRequest request, RangeHeaderValue? range, RangeConditionHeaderValue? validator, CancellationToken stop)
    {
        Uri address = request.Address;
        var announced = new Announcement(null, null, null);
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, address);
            message.Headers.Range = range;
            message.Headers.IfRange = range is null ? null : validator;
            message.Headers.AcceptEncoding.Add(new("identity"));
            if (request.Authorization is { } authorization && IsSameHost(address, request.Address))
            {
                message.Headers.TryAddWithoutValidation("Authorization", authorization);
            }

            HttpResponseMessage response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop);
            string? tag = request.TrustsEntityTag && IsSameHost(address, request.Address) ? Sha256In(response.Headers.ETag?.Tag) : null;
            announced = new(
                announced.LinkedSha256 ?? Sha256In(Header(response, "X-Linked-Etag")) ?? tag,
                announced.LinkedBytes ?? LinkedBytes(response),
                announced.Commit ?? Header(response, "X-Repo-Commit"));
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return (response, announced);
            }

            using (response)
            {
                address = Next(address, response);
            }
        }

        throw new InputException($"{request.Address} redirects more than {MostRedirects} times; name another address.");
    }

    private static Uri Next(Uri address, HttpResponseMessage response)
    {
        Uri next = response.Headers.Location is { } location
            ? new Uri(address, location)
            : throw new InputException($"{address} redirects without naming a target; name another address.");
        bool isSafe = next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && address.Scheme == Uri.UriSchemeHttp);
        return isSafe ? next : throw new InputException($"{address} redirects to {next.Scheme}://{next.Host}, which is not followed; "
            + $"name another address.");
    }

    private static bool IsSameHost(Uri a, Uri b) => a.Scheme == b.Scheme && a.Host == b.Host && a.Port == b.Port;

    private static string? Sha256In(string? entityTag) =>
        entityTag?.Trim('"') is { Length: Sha256Digits } tag && tag.All(char.IsAsciiHexDigit) ? tag.ToLowerInvariant() : null;

    private static long? LinkedBytes(HttpResponseMessage response) =>
        long.TryParse(Header(response, "X-Linked-Size"), out long bytes) && bytes >= 0 ? bytes : null;

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
}
