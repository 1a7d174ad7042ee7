using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DistillStudio.Tests.Teachers;

/// <summary>What a provider does instead of answering.</summary>
internal enum Fault
{
    None,
    TooManyRequests,
    TooManyRequestsAfterSeconds,
    TooManyRequestsAfterDate,
    ServerError,
    BadGateway,
    Unavailable,
    CutBody,
    Malformed,
    NoChoice,
    ContentFilter,
    PromptFiltered,
    CutAtLength,
    KeyExpired,
    NoSuchModel,
    QuotaSpent,
    TooLong,
    NoUsage,
    Redirect,
    RedirectToNoAddress,
    NoMessage,
    WebPage,
    Refusal,
    OldTokenName,
    NoTemperature,
}

/// <summary>One question that reached the provider.</summary>
/// <param name="Row">The first number of the problem, which no other problem has.</param>
/// <param name="Body">The request.</param>
internal sealed record Asked(int Row, string Path, JsonElement Body, string? Authorization, Fault Fault);

/// <summary>An OpenAI-compatible endpoint over real HTTP that solves the problems of <see cref="TeacherWorld"/>, with faults on
/// demand.</summary>
internal sealed partial class FakeProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Asked> _asked = new();

    private FakeProvider(WebApplication app) => _app = app;

    /// <summary>Chooses the fault for a row, by how often it was asked before; none by default.</summary>
    public Func<int, int, Fault> FaultOf { get; set; } = (_, _) => Fault.None;

    /// <summary>Awaited before an answer is sent.</summary>
    public Func<int, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>The answer to a row, given the two numbers and how often it was asked before.</summary>
    public Func<int, int, int, string> Answer { get; set; } = (a, b, _) =>
        string.Create(CultureInfo.InvariantCulture, $"She adds {a} and {b}. The answer is ( {a:0.0} + {b:0.0} ).");

    /// <summary>Its batch interface.</summary>
    public FakeBatches Batches { get; } = new();

    public IReadOnlyList<Asked> Questions => [.. _asked];

    public string Address => $"{_app.Urls.First()}/v1";

    public static async Task<FakeProvider> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            server => server.Listen(System.Net.IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http1));
        WebApplication app = builder.Build();
        var provider = new FakeProvider(app);
        app.Run(provider.HandleAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return provider;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.Contains("/completions", StringComparison.Ordinal))
        {
            await CompleteAsync(context);
        }
        else
        {
            await Batches.HandleAsync(context);
        }
    }

    private async Task CompleteAsync(HttpContext context)
    {
        using JsonDocument document = await JsonDocument.ParseAsync(context.Request.Body);
        JsonElement body = document.RootElement.Clone();
        string prompt = body.TryGetProperty("messages", out JsonElement messages)
            ? messages[messages.GetArrayLength() - 1].GetProperty("content").GetString()!
            : body.GetProperty("prompt").GetString()!;
        Match numbers = Problem().Matches(prompt).Last();
        (int a, int b) = (
            int.Parse(numbers.Groups[1].Value, CultureInfo.InvariantCulture),
            int.Parse(numbers.Groups[2].Value, CultureInfo.InvariantCulture));
        int before = _asked.Count(q => q.Row == a);
        Fault fault = FaultOf(a, before);
        _asked.Enqueue(new(a, context.Request.Path, body, context.Request.Headers.Authorization, fault));
        await Before(a);
        await ReplyAsync(context, fault, Answer(a, b, before), IsChat(context));
    }

    private static bool IsChat(HttpContext context) => context.Request.Path.Value!.EndsWith("chat/completions", StringComparison.Ordinal);

    private static async Task ReplyAsync(HttpContext context, Fault fault, string answer, bool isChat)
    {
        HttpResponse response = context.Response;
        string secret = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        response.ContentType = "application/json";
        switch (fault)
        {
            case Fault.TooManyRequestsAfterSeconds:
                response.Headers.RetryAfter = "1";
                goto case Fault.TooManyRequests;
            case Fault.TooManyRequestsAfterDate:
                response.Headers.RetryAfter = DateTimeOffset.UtcNow.AddSeconds(1).ToString("R", CultureInfo.InvariantCulture);
                goto case Fault.TooManyRequests;
            case Fault.TooManyRequests:
                await ErrorAsync(429, "Rate limit reached", "rate_limit_exceeded");
                return;
            case Fault.QuotaSpent:
                await ErrorAsync(429, "You exceeded your current quota", "insufficient_quota");
                return;
            case Fault.ServerError:
                await ErrorAsync(500, "The server had an error", "server_error");
                return;
            case Fault.BadGateway:
                response.StatusCode = 502;
                response.ContentType = "text/html";
                await response.WriteAsync("<html>bad gateway</html>");
                return;
            case Fault.Unavailable:
                await ErrorAsync(503, "Overloaded", "overloaded");
                return;
            case Fault.KeyExpired:
                await ErrorAsync(401, $"Your key {secret} has expired", "invalid_api_key");
                return;
            case Fault.NoSuchModel:
                await ErrorAsync(404, "The model `nothing` does not exist", "model_not_found");
                return;
            case Fault.TooLong:
                await ErrorAsync(400, "This model's maximum context length is 10 tokens", "context_length_exceeded");
                return;
            case Fault.PromptFiltered:
                await ErrorAsync(400, "The prompt triggered the content management policy", "content_filter");
                return;
            case Fault.Redirect:
                response.StatusCode = 302;
                response.Headers.Location = "http://127.0.0.1:1/elsewhere";
                return;
            case Fault.RedirectToNoAddress:
                response.StatusCode = 302;
                response.Headers.Location = "http://[elsewhere";
                return;
            case Fault.Malformed:
                await response.WriteAsync("""{"choices":[{"message":{"content":"She""");
                return;
            case Fault.NoMessage:
                await response.WriteAsync("""{"choices":[{"index":0,"finish_reason":"stop"}]}""");
                return;
            case Fault.WebPage:
                response.ContentType = "text/html";
                await response.WriteAsync("\n<!doctype html><title>Sign in</title>");
                return;
            case Fault.OldTokenName:
                await ErrorAsync(400, "Use 'max_completion_tokens' instead.", "unsupported_parameter");
                return;
            case Fault.NoTemperature:
                response.StatusCode = 400;
                await response.WriteAsync("""{"error":{"message":"0 is not supported","param":"temperature"}}""");
                return;
            case Fault.NoChoice:
                await response.WriteAsync("""{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[]}""");
                return;
        }

        (string text, string finish) = fault switch
        {
            Fault.ContentFilter => ("", "content_filter"),
            Fault.CutAtLength => ("She adds and goes on and on", "length"),
            _ => (answer.Replace("KEY", secret, StringComparison.Ordinal), "stop"),
        };
        object choice = isChat && fault == Fault.Refusal
            ? new { index = 0, message = new { role = "assistant", refusal = "I cannot help." }, finish_reason = finish }
            : isChat
            ? new { index = 0, message = new { role = "assistant", content = text }, finish_reason = finish }
            : new { index = 0, text, finish_reason = finish };
        object? usage = fault == Fault.NoUsage ? null : new { prompt_tokens = 30, completion_tokens = 10, total_tokens = 40 };
        byte[] whole = Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(
                new
                {
                    id = "x",
                    @object = isChat ? "chat.completion" : "text_completion",
                    created = 1,
                    model = "m",
                    choices = (object[])[choice],
                    usage,
                }));
        response.ContentLength = whole.Length;
        if (fault == Fault.CutBody)
        {
            await response.Body.WriteAsync(whole.AsMemory(0, whole.Length / 2));
            await response.Body.FlushAsync();
            context.Abort();
            return;
        }

        await response.Body.WriteAsync(whole);

        async Task ErrorAsync(int status, string words, string code)
        {
            response.StatusCode = status;
            await response.WriteAsync(JsonSerializer.Serialize(new { error = new { message = words, type = code, code } }));
        }
    }

    [GeneratedRegex(@"Ann has (\d+) apples and finds (\d+) more")]
    private static partial Regex Problem();
}
