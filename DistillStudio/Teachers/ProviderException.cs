using System.Net;
using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>The provider answered with an error, or with something other than an answer.</summary>
/// <param name="message">One sentence with the provider's own words and status, without the key.</param>
/// <param name="status">HTTP status; null if there was no response.</param>
/// <param name="isFatal">True if every further request would fail too: a wrong key, an unknown model, no money left.</param>
internal sealed class ProviderException(string message, HttpStatusCode? status, bool isFatal, Exception? cause = null)
    : StudioException(message, cause: cause)
{
    /// <summary>How to go on with a job.</summary>
    public const string Resume = "resume";

    /// <summary>How to go on where no job is recorded, as in a dry run.</summary>
    public const string TryAgain = "try again";

    private const int LongestWords = 600;

    public HttpStatusCode? Status => status;

    public bool IsFatal => isFatal;

    /// <summary>True if the provider's content filter refused this prompt: asking again is pointless, others may pass.</summary>
    public bool IsFiltered { get; init; }

    /// <summary>Number of requests sent without success.</summary>
    public int Requests { get; init; }

    /// <summary>Explains an error response.</summary>
    /// <param name="status">The response's status.</param>
    /// <param name="body">Its body, without the key.</param>
    /// <param name="address">The requested address.</param>
    /// <param name="hasKey">True if a key was sent.</param>
    /// <param name="pause">The pause that it asks for, if that is too long to wait for.</param>
    /// <param name="goOn">How to ask once the cause is gone, as a verb: <see cref="Resume"/> or <see cref="TryAgain"/>.</param>
    /// <param name="moved">Where a redirection leads; it is not followed, as the key would go with it.</param>
    public static ProviderException Of(
        HttpStatusCode status, string body, Uri? address, bool hasKey = true, TimeSpan? pause = null, string goOn = Resume,
        Uri? moved = null)
    {
        (string words, string? code, string? parameter) = WordsOf(body);
        words = moved is null ? words : $"moved to {moved}";
        bool isFatal = (int)status is >= 300 and < 400
            || status is HttpStatusCode.Unauthorized or HttpStatusCode.PaymentRequired or HttpStatusCode.Forbidden
                or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed
            || code is "insufficient_quota" or "billing_hard_limit_reached" or "model_not_found" or "invalid_api_key";
        string remedy = status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when !hasKey =>
                $"no key was sent: put it into {TeacherAddress.UsualVariable}, or name where it is kept (--key-env or --key-file), "
                    + $"then {goOn}",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                $"renew the key where it is kept (--key-env or --key-file), then {goOn}",
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or < HttpStatusCode.BadRequest =>
                "check --endpoint (it usually ends in /v1), --api and --model",
            _ when isFatal => $"resolve that with the provider, then {goOn}",
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity when parameter is "temperature" or "stop" =>
                $"leave it to the endpoint with --{parameter} none",
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity =>
                "ask with another --model, --max-tokens or --template",
            _ when pause is { } asked => $"it asks for a pause, so {goOn} in {Format.Duration(asked.TotalSeconds)}",
            _ => AskAgain(goOn),
        };
        return new($"{address?.GetLeftPart(UriPartial.Path)} answered {(int)status} ({status}): \"{words}\"; {remedy}.", status, isFatal)
        {
            IsFiltered = status == HttpStatusCode.BadRequest && code is TeacherCompletion.ContentFilter or "content_policy_violation",
        };
    }

    /// <summary>Returns what to do where nothing but time may help.</summary>
    public static string AskAgain(string goOn) => goOn == Resume ? $"{Resume} to ask again" : goOn;

    /// <summary>Returns the provider's sentence, code and the field that it names: <c>error.message</c> in its usual forms, else the text
    /// itself.</summary>
    private static (string Words, string? Code, string? Parameter) WordsOf(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            JsonElement error = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out JsonElement inner) ? inner
                : root;
            string? words = error.ValueKind == JsonValueKind.String ? error.GetString() : Text(error, "message") ?? Text(error, "detail");
            return (Line(words ?? body), Text(error, "code") ?? Text(error, "type"), Text(error, "param"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // InvalidOperation: text that is not valid Unicode
        {
            return (Line(body), null, null);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Line(string text) =>
        string.IsNullOrWhiteSpace(text) ? "no words"
            : SettingLimits.Cut(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), LongestWords);
}
