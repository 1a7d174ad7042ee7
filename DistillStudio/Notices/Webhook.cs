using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace DistillStudio.Notices;

/// <summary>Retries and timeouts for sending a notice.</summary>
/// <param name="Retries">Attempts after the first.</param>
/// <param name="FirstPause">Before the first retry; grows from there.</param>
/// <param name="Timeout">Of one attempt.</param>
internal sealed record WebhookPatience(int Retries, TimeSpan FirstPause, TimeSpan Timeout)
{
    /// <summary>About five minutes in all.</summary>
    public static WebhookPatience Usual { get; } = new(7, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));
}

/// <summary>
/// Sends notices to an address, one after the other in the background. A slow or unavailable receiver delays only later notices; what
/// cannot be delivered is logged and dropped. Redirects are not followed: the key signs for the receiver that was configured.
/// </summary>
internal sealed class Webhook : BackgroundService
{
    public const string SignatureHeader = "X-DistillStudio-Signature";
    public const string TimeHeader = "X-DistillStudio-Time";
    public const string IdHeader = "X-DistillStudio-Id";

    /// <summary>Notices waiting; the oldest are dropped for newer ones.</summary>
    private const int MostWaiting = 100;

    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);

    private readonly WebhookSettings _settings;
    private readonly string? _key;
    private readonly NoticeSource _source;
    private readonly Func<string> _studio;
    private readonly TimeProvider _time;
    private readonly ILogger<Webhook> _log;
    private readonly HttpClient _http;
    private readonly Channel<Notice> _waiting;

    /// <param name="settings">The receiver.</param>
    /// <param name="key">Signs what is sent; null to sign nothing.</param>
    /// <param name="source">Source of the notices.</param>
    /// <param name="studio">Returns the studio's address, once it has started.</param>
    /// <param name="time">Clock of the signatures.</param>
    /// <param name="log">Logs notices that could not be delivered, without the address's path, which may be a secret.</param>
    /// <param name="patience">Null for the default.</param>
    public Webhook(
        WebhookSettings settings, string? key, NoticeSource source, Func<string> studio, TimeProvider time, ILogger<Webhook> log,
        WebhookPatience? patience = null)
    {
        (_settings, _key, _source, _studio, _time, _log) = (settings, key, source, studio, time, log);
        patience ??= WebhookPatience.Usual;
        ResiliencePipeline<HttpResponseMessage> pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddRetry(Repetition(patience)).AddTimeout(patience.Timeout).Build();
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) };
        _http = new HttpClient(new ResilienceHandler(pipeline) { InnerHandler = sockets }) { Timeout = Timeout.InfiniteTimeSpan };
        _waiting = Channel.CreateBounded<Notice>(
            new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest },
            dropped => _log.LogWarning(
                "The webhook at {Host} takes too long: the notice \"{Title}\" is not sent.", _settings.Url.Host, dropped.Title));
    }

    /// <summary>Reads the signing key: from the file, otherwise from the variable; null for none.</summary>
    /// <exception cref="InputException">The named file or variable holds no key, or others can read it.</exception>
    public static string? ReadKey(WebhookSettings settings)
    {
        string? written = settings.KeyFile is { } file ? SecretFile.Read(file, "the webhook's key")
            : Environment.GetEnvironmentVariable(WebhookSettings.KeyVariable);
        return written?.Trim() is { Length: > 0 } key ? key
            : settings.KeyFile is null ? null
            : throw new InputException($"{settings.KeyFile} holds no key; put the webhook's signing key there.");
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _source.Noticed += OnNoticed;
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _source.Noticed -= OnNoticed;
        base.Dispose();
        _http.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (Notice notice in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            await SendAsync(notice, stoppingToken);
        }
    }

    private void OnNoticed(Notice notice) => _waiting.Writer.TryWrite(notice);

    private async Task SendAsync(Notice notice, CancellationToken stop)
    {
        string? why;
        try
        {
            using HttpRequestMessage request = RequestOf(notice);
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            why = response.IsSuccessStatusCode ? null
                : (int)response.StatusCode is >= 300 and < 400 ? $"answered {(int)response.StatusCode}: redirects are not followed"
                : $"answered {(int)response.StatusCode}";
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            why = e is TimeoutRejectedException ? "gave no answer" : $"cannot be reached ({e.GetType().Name})";
        }

        if (why is not null)
        {
            _log.LogWarning(
                "The webhook at {Host} {Why}; the notice \"{Title}\" is not sent again.", _settings.Url.Host, why, notice.Title);
        }
    }

    private HttpRequestMessage RequestOf(Notice notice)
    {
        byte[] body = WebhookBody.Of(notice, _settings.Form, $"{_studio()}/{notice.Page}");
        var request = new HttpRequestMessage(HttpMethod.Post, _settings.Url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.TryAddWithoutValidation(IdHeader, notice.Id);
        if (_key is not null)
        {
            string time = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            request.Headers.TryAddWithoutValidation(TimeHeader, time);
            request.Headers.TryAddWithoutValidation(SignatureHeader, $"sha256={WebhookBody.Sign(_key, time, body)}");
        }

        return request;
    }

    private static HttpRetryStrategyOptions Repetition(WebhookPatience patience) => new()
    {
        MaxRetryAttempts = patience.Retries,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Delay = patience.FirstPause,
        MaxDelay = LongestBackOff,
        ShouldRetryAfterHeader = false, // a receiver could ask to wait for days; later notices would be dropped
        ShouldHandle = args => ValueTask.FromResult(args.Outcome switch
        {
            { Result: { } response } => response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
                || (int)response.StatusCode >= 500,
            { Exception: HttpRequestException or TimeoutRejectedException } => true,
            _ => false,
        }),
    };
}
