using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Teachers;

/// <summary>
/// The innermost handler: sets the key, reads the whole body and checks it, so that a cut body, malformed JSON or an answer without a text
/// fails here, where it is repeated like any other failure. Removes the key from every body before it is passed on.
/// </summary>
internal sealed class AnswerCheckHandler(TeacherKey key, Action sent) : DelegatingHandler
{
    private const int LargestBody = 64 * ByteSize.MB;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = key.Value is { } value ? new AuthenticationHeaderValue("Bearer", value) : null;
        sent();
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(LargestBody, cancellationToken);
            string body = key.Redact(await response.Content.ReadAsStringAsync(cancellationToken));
            MediaTypeHeaderValue? type = response.Content.Headers.ContentType;
            response.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = type } };
            if (response.IsSuccessStatusCode && IsCompletion(request.RequestUri) && WhyNoAnswer(body) is { } why)
            {
                throw new HttpRequestException(
                    $"{request.RequestUri!.GetLeftPart(UriPartial.Path)} answered {(int)response.StatusCode} with {why}", null,
                    HttpStatusCode.BadGateway);
            }

            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static bool IsCompletion(Uri? address) => address?.AbsolutePath.EndsWith("/completions", StringComparison.Ordinal) == true;

    private static string? WhyNoAnswer(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("choices", out JsonElement choices)
                || choices.ValueKind != JsonValueKind.Array ? "something other than a completion"
                : choices.GetArrayLength() == 0 ? "no choice"
                : !HasText(choices[0]) ? "a choice that has no message"
                : null;
        }
        catch (JsonException)
        {
            ReadOnlySpan<char> start = body.AsSpan().TrimStart();
            return start.StartsWith("<") ? "a web page"
                : start.StartsWith("data:") ? "a stream, which was not asked for"
                : "malformed JSON";
        }
    }

    /// <summary>Returns true if the choice has a message, or the text of a completion, even if it is null or empty.</summary>
    private static bool HasText(JsonElement choice) => choice.ValueKind == JsonValueKind.Object
        && ((choice.TryGetProperty("message", out JsonElement message) && message.ValueKind == JsonValueKind.Object)
            || choice.TryGetProperty("text", out _));
}
