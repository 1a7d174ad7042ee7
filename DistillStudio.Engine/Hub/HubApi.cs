using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>A response of the hub.</summary>
/// <param name="Json">The body; undefined if it is not JSON.</param>
/// <param name="EntityTag">The header <c>ETag</c> with its quotes; null if there is none.</param>
internal sealed record HubAnswer(HttpStatusCode Status, JsonElement Json, string? EntityTag)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>Returns a string of the body's object; null if there is none of this name.</summary>
    public string? Text(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>
/// Sends writing requests to a hub. Retries after a broken connection, 429 or a server error; follows no redirect; sends the token only to
/// the hub's own host, and never puts it into a message.
/// </summary>
internal sealed class HubApi(HttpClient client, HubAddress hub, DownloadPatience patience)
{
    private const int LargestAnswer = 16 << 20;
    private const int LongestReason = 300;

    private readonly string _authorization = hub.Authorization()
        ?? throw new InputException(HubAddress.HasToken
            ? $"{HubAddress.TokenVariable} is not sent over http; name the hub with https."
            : $"{HubAddress.TokenVariable} is not set; set it to a token with write permission at {hub.Endpoint.Host}.");

    /// <param name="address">Absolute, or relative to the hub's.</param>
    /// <param name="content">Creates the body; called for each attempt with a callback to call whenever a part of the body was sent, so
    /// that a long one does not count as silence. Null for none.</param>
    /// <exception cref="StudioException">The hub cannot be reached, or fails repeatedly.</exception>
    public async Task<HubAnswer> SendAsync(
        HttpMethod method, Uri address, Func<Action, HttpContent>? content, CancellationToken stop,
        IReadOnlyDictionary<string, string>? headers = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            string why;
            TimeSpan? delay = null;
            try
            {
                (HubAnswer answer, delay) = await TryAsync(method, address, content, headers, stop);
                if (answer.Status is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
                    && answer.Status < HttpStatusCode.InternalServerError)
                {
                    return answer;
                }

                why = Reason(answer);
            }
            catch (Exception e)
                when (e is HttpRequestException or HttpIOException || (e is OperationCanceledException && !stop.IsCancellationRequested))
            {
                why = e is OperationCanceledException
                    ? $"no answer for {patience.Silence.TotalSeconds:0.#} s"
                    : Clean(ConnectionFailure.Describe(e, address));
            }

            if (attempt >= patience.Attempts || delay > patience.LongestPause)
            {
                throw new StudioException($"{Named(address)} could not be written to after {Format.Plural(attempt, "attempt")} ({why}); "
                    + $"try again later.");
            }

            await Task.Delay(delay ?? patience.Pause * Math.Pow(2, attempt - 1), stop);
        }
    }

    public Task<HubAnswer> PostAsync(
        Uri address, object body, CancellationToken stop, string type = "application/json",
        IReadOnlyDictionary<string, string>? headers = null)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        return SendAsync(
            HttpMethod.Post, address, _ => new ByteArrayContent(bytes) { Headers = { ContentType = new(type) } }, stop, headers);
    }

    /// <summary>Returns the reason that the hub gives in a response, with its status.</summary>
    public string Reason(HubAnswer answer)
    {
        string? words = answer.Text("error") ?? answer.Text("message");
        return words is null ? $"{(int)answer.Status} {answer.Status}" : $"{(int)answer.Status}: {Clean(words)}";
    }

    /// <summary>Returns an upload address that the hub named.</summary>
    /// <exception cref="StudioException">It is not an address, or leads from https to http.</exception>
    public Uri Linked(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && hub.Endpoint.Scheme == Uri.UriSchemeHttp))
            ? uri
            : throw new StudioException($"{hub.Endpoint.Host} names an upload address that cannot be used; try again later.");

    private async Task<(HubAnswer Answer, TimeSpan? Delay)> TryAsync(
        HttpMethod method, Uri address, Func<Action, HttpContent>? content, IReadOnlyDictionary<string, string>? headers,
        CancellationToken stop)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silence.CancelAfter(patience.Silence);
        using var message =
            new HttpRequestMessage(method, address) { Content = content?.Invoke(() => silence.CancelAfter(patience.Silence)) };
        if (address.Scheme == hub.Endpoint.Scheme && address.Authority == hub.Endpoint.Authority)
        {
            message.Headers.TryAddWithoutValidation("Authorization", _authorization);
        }

        foreach ((string name, string value) in headers ?? new Dictionary<string, string>())
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if ((int)response.StatusCode is >= 300 and < 400)
        {
            throw new InputException($"{Named(address)} redirects to {response.Headers.Location?.Host ?? "another host"}, "
                + $"to which no token is sent; name the hub and the model by their own addresses.");
        }

        await response.Content.LoadIntoBufferAsync(LargestAnswer, silence.Token);
        byte[] body = await response.Content.ReadAsByteArrayAsync(silence.Token);
        RetryConditionHeaderValue? after = response.Headers.RetryAfter;
        TimeSpan? delay = after is null ? null : after.Delta ?? (after.Date - DateTimeOffset.UtcNow);
        return (new(response.StatusCode, Parse(body), response.Headers.ETag?.ToString()), delay < TimeSpan.Zero ? TimeSpan.Zero : delay);
    }

    private static JsonElement Parse(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return LenientJson.IsUnicode(json.RootElement) ? json.RootElement.Clone() : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>Returns an address without its query, which may hold a signature.</summary>
    private static string Named(Uri address) => address.GetLeftPart(UriPartial.Path);

    private string Clean(string words)
    {
        string token = _authorization[(_authorization.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        string plain =
            string.Concat(words.Replace(token, "…", StringComparison.Ordinal).Select(c => char.IsControl(c) ? ' ' : c)).Trim().TrimEnd('.');
        return plain.Length <= LongestReason ? plain : plain[..LongestReason] + "…";
    }
}
