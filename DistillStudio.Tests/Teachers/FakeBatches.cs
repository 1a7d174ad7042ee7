using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace DistillStudio.Tests.Teachers;

/// <summary>The batch interface of a provider: <c>/v1/files</c> and <c>/v1/batches</c>.</summary>
internal sealed partial class FakeBatches
{
    private readonly ConcurrentDictionary<string, string> _files = new();
    private readonly ConcurrentDictionary<string, string> _batches = new();
    private int _looks;

    /// <summary>True once batches are answered.</summary>
    public bool IsReady { get; set; }

    /// <summary>Number of the look at a batch from which on they are answered; null for what <see cref="IsReady"/> says.</summary>
    public int? ReadyAtLook { get; set; }

    /// <summary>Why batches fail; null if they do not.</summary>
    public string? Failure { get; set; }

    /// <summary>Called when a batch was made, before the client is told.</summary>
    public Func<Task> Made { get; set; } = () => Task.CompletedTask;

    /// <summary>Rows, by their first number, that the content filter refuses.</summary>
    public ISet<int> Filtered { get; } = new HashSet<int>();

    public int Count => _batches.Count;

    /// <summary>Requests of all batches.</summary>
    public int Requests => _batches.Values.Sum(file => _files[file].Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

    public async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        bool isPost = HttpMethods.IsPost(context.Request.Method);
        context.Response.ContentType = "application/json";
        if (isPost && path.EndsWith("/files", StringComparison.Ordinal))
        {
            string form = await new StreamReader(context.Request.Body).ReadToEndAsync();
            string id = $"file-{_files.Count}";
            _files[id] = string.Join('\n', form.Split('\n').Where(line => line.StartsWith('{')).Select(line => line.TrimEnd('\r')));
            await WriteAsync(context, new { id, @object = "file", purpose = "batch" });
        }
        else if (isPost)
        {
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body);
            string file = body.RootElement.GetProperty("input_file_id").GetString()!;
            string id = $"batch-{_batches.Count}";
            _batches[id] = file;
            await Made();
            await WriteAsync(context, Batch(id));
        }
        else if (path.EndsWith("/batches", StringComparison.Ordinal))
        {
            await WriteAsync(context, new { data = _batches.Keys.Select(Batch) });
        }
        else if (path.EndsWith("/content", StringComparison.Ordinal))
        {
            string file = path.Split('/')[^2].Replace("-out", "", StringComparison.Ordinal);
            // in no order, as providers say
            await context.Response.WriteAsync(
                string.Join('\n', _files[file].Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse().Select(Answer)));
        }
        else
        {
            IsReady |= ++_looks == ReadyAtLook;
            await WriteAsync(context, Batch(path.Split('/')[^1]));
        }
    }

    private object Batch(string id) => new
    {
        id,
        input_file_id = _batches[id],
        status = !IsReady ? "in_progress" : Failure is null ? "completed" : "failed",
        request_counts = new { total = Requests, completed = 0, failed = 0 },
        errors = Failure is null ? null : new { data = (object[])[new { message = Failure }] },
        output_file_id = IsReady && Failure is null ? $"{_batches[id]}-out" : null,
    };

    private string Answer(string line)
    {
        using var request = JsonDocument.Parse(line);
        JsonElement messages = request.RootElement.GetProperty("body").GetProperty("messages");
        Match numbers = Problem().Matches(messages[messages.GetArrayLength() - 1].GetProperty("content").GetString()!).Last();
        bool isFiltered = Filtered.Contains(int.Parse(numbers.Groups[1].Value, CultureInfo.InvariantCulture));
        string text = string.Create(
            CultureInfo.InvariantCulture, $"She adds both. The answer is ( {numbers.Groups[1].Value}.0 + {numbers.Groups[2].Value}.0 ).");
        object answer = new
        {
            choices = (object[])[new { message = new { role = "assistant", content = text }, finish_reason = "stop" }],
            usage = new { prompt_tokens = 30, completion_tokens = 10 },
        };
        object refusal = new { error = new { message = "The prompt triggered the content management policy", code = "content_filter" } };
        return JsonSerializer.Serialize(
            new
            {
                custom_id = request.RootElement.GetProperty("custom_id").GetString(),
                response = new { status_code = isFiltered ? 400 : 200, body = isFiltered ? refusal : answer },
                error = (object?)null,
            });
    }

    private static Task WriteAsync(HttpContext context, object body) => context.Response.WriteAsync(JsonSerializer.Serialize(body));

    [GeneratedRegex(@"Ann has (\d+) apples and finds (\d+) more")]
    private static partial Regex Problem();
}
