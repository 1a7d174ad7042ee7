using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Http.Resilience;
using OpenAI;
using OpenAI.Chat;
using Polly;
using Polly.Timeout;

namespace DistillStudio.Teachers;

/// <summary>The response to one prompt.</summary>
/// <param name="PromptTokens">Null if the provider did not report it; likewise the next.</param>
internal sealed record TeacherReply(string Text, string? Finish, int? PromptTokens, int? CompletionTokens, int Requests)
{
    /// <summary>Stands for an error response of the provider's content filter.</summary>
    public static TeacherReply Refused { get; } = new("", TeacherCompletion.ContentFilter, 0, 0, 1);
}

/// <summary>
/// An OpenAI-compatible endpoint: hosted, vLLM, Ollama, llama.cpp. Failed requests are repeated with growing pauses, or after the pause
/// that the provider asks for. Thread-safe.
/// </summary>
internal sealed class TeacherEndpoint : IDisposable
{
    /// <summary>The longest pause that a provider may ask for; a longer one stops the job.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);

    private readonly TeacherJobSpec _spec;
    private readonly TeacherKey _key;
    private readonly RateGate _gate;
    private readonly Action<string>? _waits;
    private readonly AsyncLocal<int[]?> _sent = new();
    private readonly HttpClient _http;
    private readonly IChatClient? _chat;
    private volatile bool _usesNewName;

    /// <param name="spec">Address, model and limits.</param>
    /// <param name="gate">Closed while the provider asks to wait.</param>
    /// <param name="firstPause">Pause before the first retry; grows from there.</param>
    /// <param name="waits">Receives, before each retry, a sentence on why and for how long it waits; called by several threads.</param>
    /// <exception cref="InputException">The key cannot be used.</exception>
    public TeacherEndpoint(TeacherJobSpec spec, RateGate gate, TimeSpan? firstPause = null, Action<string>? waits = null)
    {
        (_spec, _gate, _waits, _key) = (spec, gate, waits, TeacherKey.Read(spec.Address));
        ResiliencePipeline<HttpResponseMessage> pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddRetry(Repetition(spec.Limits.Retries, firstPause ?? TimeSpan.FromSeconds(1)))
            .AddTimeout(TimeSpan.FromSeconds(spec.Limits.TimeoutSeconds))
            .Build();
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) };
        var check = new AnswerCheckHandler(_key, () => _sent.Value![0]++) { InnerHandler = sockets };
        _http = new HttpClient(new ResilienceHandler(pipeline) { InnerHandler = check })
        {
            BaseAddress = new Uri(spec.Address.Endpoint.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan, // each attempt has its own
        };
        _usesNewName = ChatRequest.UsesNewName(spec);
        _chat = spec.Address.Api == TeacherApi.Chat ? ChatClientOf(spec, _http) : null;
    }

    /// <summary>For calls of the batch interface.</summary>
    public HttpClient Http => _http;

    public TeacherKey Key => _key;

    /// <summary>How to ask again after a failure, see <see cref="ProviderException.Of"/>.</summary>
    public string GoOn { private get; init; } = ProviderException.Resume;

    /// <exception cref="ProviderException">The provider did not answer despite all retries, or refuses every request.</exception>
    public async Task<TeacherReply> AskAsync(Prompt prompt, CancellationToken cancellationToken)
    {
        int[] sent = [0];
        _sent.Value = sent;
        try
        {
            TeacherReply reply = _chat is null ? await CompleteAsync(prompt, cancellationToken)
                : await ChatAsync(_chat, prompt, cancellationToken);
            return reply with { Text = _key.Redact(reply.Text), Requests = sent[0] };
        }
        catch (ClientResultException e) when (e.GetRawResponse() is { } response)
        {
            RetryConditionHeaderValue? after = response.Headers.TryGetValue("Retry-After", out string? text)
                && RetryConditionHeaderValue.TryParse(text, out RetryConditionHeaderValue? asked) ? asked : null;
            _ = Uri.TryCreate(Address, response.Headers.TryGetValue("Location", out string? place) ? place : null, out Uri? moved);
            return RefusedOrThrow(RefusalOf((HttpStatusCode)e.Status, response.Content.ToString(), Address, after, moved), sent[0]);
        }
        catch (ProviderException e)
        {
            return RefusedOrThrow(e, sent[0]);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw WithCount(Unanswered(e), sent[0]);
        }
    }

    /// <summary>Sends a request of the batch interface.</summary>
    /// <exception cref="ProviderException">The provider refused it or did not answer.</exception>
    public async Task<string> SendAsync(Func<HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        _sent.Value = [0];
        try
        {
            using HttpRequestMessage message = request();
            using HttpResponseMessage response = await _http.SendAsync(message, cancellationToken);
            string body = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode ? body
                : throw RefusalOf(
                    response.StatusCode, body, message.RequestUri, response.Headers.RetryAfter, response.Headers.Location);
        }
        catch (Exception e) when (e is not (ProviderException or InputException)
            && (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested))
        {
            throw Unanswered(e);
        }
    }

    public void Dispose()
    {
        _chat?.Dispose();
        _http.Dispose();
    }

    private Uri Address => new(_http.BaseAddress!, _spec.Address.Api == TeacherApi.Chat ? "chat/completions" : "completions");

    private ProviderException RefusalOf(
        HttpStatusCode status, string body, Uri? address, RetryConditionHeaderValue? after, Uri? moved) => ProviderException.Of(
            status, body, address, hasKey: _key.Value is not null, PauseAsked(after) is var pause && pause > LongestPause ? pause : null,
            GoOn, moved);

    /// <summary>A prompt that the content filter refuses counts as answered, like a completion whose finish names the filter.</summary>
    private static TeacherReply RefusedOrThrow(ProviderException e, int requests) =>
        e.IsFiltered ? TeacherReply.Refused with { Requests = requests } : throw WithCount(e, requests);

    private static ProviderException WithCount(ProviderException e, int requests) =>
        new(e.Message, e.Status, e.IsFatal, e.InnerException) { Requests = requests };

    private ProviderException Unanswered(Exception e) => new(
        _key.Redact($"{Address} {WhyUnanswered(e)}; {RemedyOf(e)}{ProviderException.AskAgain(GoOn)}."), null,
        isFatal: ConnectionFailure.IsLasting(e is ClientResultException { InnerException: { } inner } ? inner : e),
        e is ProviderException ? e : null);

    private static string RemedyOf(Exception e) => e switch
    {
        ClientResultException { InnerException: { } inner } => RemedyOf(inner),
        HttpRequestException { StatusCode: HttpStatusCode.BadGateway } =>
            "check that --endpoint is the base address of an OpenAI-compatible endpoint, then ",
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.ProxyTunnelError
        } => "check --endpoint and the network, then ",
        _ => "",
    };

    /// <summary>Returns what follows the address in a sentence.</summary>
    private string WhyUnanswered(Exception e) => e switch
    {
        ClientResultException { InnerException: { } inner } => WhyUnanswered(inner), // as the client passes on what its transport throws
        TimeoutRejectedException => $"gave no answer within {_spec.Limits.TimeoutSeconds} seconds (--timeout)",
        HttpRequestException { StatusCode: HttpStatusCode.BadGateway } failure when failure.Message.Contains(" answered ",
            StringComparison.Ordinal) =>
            failure.Message[(failure.Message.IndexOf(" answered ", StringComparison.Ordinal) + 1)..],
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpIOException
            or HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: IOException } =>
            "closed the connection in the middle of its answer",
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.ProxyTunnelError or HttpRequestError.SecureConnectionError
        } => $"cannot be reached ({ConnectionFailure.Describe(e, Address)})",
        NullReferenceException or InvalidOperationException or JsonException or FormatException =>
            "answered with a completion whose fields cannot be read", // thrown by the client, as it reads it
        _ => $"could not be asked ({e.GetType().Name}: {e.Message.Split('\n')[0].TrimEnd('.')})",
    };

    private HttpRetryStrategyOptions Repetition(int retries, TimeSpan firstPause) => new()
    {
        MaxRetryAttempts = Math.Max(1, retries),
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = firstPause,
        MaxDelay = LongestBackOff,
        ShouldRetryAfterHeader = true, // seconds or a date
        ShouldHandle = async args => retries > 0 && args.Outcome switch
        {
            { Result: { } response } =>
                IsPassing(response.StatusCode) && PauseAsked(response.Headers.RetryAfter) is var pause && pause <= LongestPause
                && !await IsQuotaSpentAsync(response),
            { Exception: { } e and (HttpRequestException or HttpIOException or TimeoutRejectedException) } =>
                !ConnectionFailure.IsLasting(e),
            _ => false,
        },
        OnRetry = args =>
        {
            if (args.Outcome.Result is { StatusCode: HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable })
            {
                _gate.CloseFor(args.RetryDelay);
            }

            string why = args.Outcome switch
            {
                { Result: { } response } => $"answered {(int)response.StatusCode}",
                { Exception: { } e } => WhyUnanswered(e),
                _ => "gave no answer",
            };
            _waits?.Invoke(_key.Redact(
                $"{Address} {why}; asking again in {Format.Duration(Math.Max(1, args.RetryDelay.TotalSeconds))}."));
            return default;
        },
    };

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict || (int)status >= 500;

    private static TimeSpan PauseAsked(RetryConditionHeaderValue? after) => after switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow,
        _ => TimeSpan.Zero,
    };

    /// <summary>Returns true for a 429 that waiting does not resolve.</summary>
    private static async Task<bool> IsQuotaSpentAsync(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.TooManyRequests
            && ProviderException.Of(response.StatusCode, await response.Content.ReadAsStringAsync(), null).IsFatal;

    private static IChatClient ChatClientOf(TeacherJobSpec spec, HttpClient http) => new ChatClient(
        spec.Address.Model,
        new ApiKeyCredential("set-by-the-handler"),
        new OpenAIClientOptions
        {
            Endpoint = http.BaseAddress,
            Transport = new HttpClientPipelineTransport(http),
            RetryPolicy = new ClientRetryPolicy(0), // otherwise the retries of both would multiply
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        }).AsIChatClient();

    private async Task<TeacherReply> ChatAsync(IChatClient chat, Prompt prompt, CancellationToken cancellationToken)
    {
        ChatResponse response;
        bool usesNewName = _usesNewName;
        try
        {
            response = await RespondAsync();
        }
        catch (ClientResultException e) when (!usesNewName && ChatRequest.DemandsNewName(e))
        {
            _usesNewName = usesNewName = true;
            response = await RespondAsync();
        }

        bool isRefusal = response.Messages.SelectMany(message => message.Contents).OfType<ErrorContent>().Any();
        return new(response.Text, isRefusal ? TeacherCompletion.Refusal : response.FinishReason?.Value,
            (int?)response.Usage?.InputTokenCount, (int?)response.Usage?.OutputTokenCount, 0);

        Task<ChatResponse> RespondAsync() =>
            chat.GetResponseAsync(ChatRequest.Messages(prompt), ChatRequest.Options(_spec, usesNewName), cancellationToken);
    }

    private async Task<TeacherReply> CompleteAsync(Prompt prompt, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address)
        {
            Content = JsonContent.Create(new CompletionRequest(_spec.Address.Model, prompt.AsText(), _spec.MaxTokens, _spec.Temperature,
                _spec.Template.Stop is { Count: > 0 } stop ? stop : null), options: WireJson.Options),
        };
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
        string body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<WireCompletion>(body, WireJson.Options)!.Reply()
            : throw RefusalOf(response.StatusCode, body, Address, response.Headers.RetryAfter, response.Headers.Location);
    }
}
