using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>
/// Asks through the provider's batch interface, <c>/files</c> and <c>/batches</c>: sends the open rows as files and collects the answers
/// when they are ready, in this process or a later one. Saves its state before and after each step, so that nothing is sent twice.
/// </summary>
internal sealed class BatchLoop(
    TeacherJob job, TeacherRows rows, TeacherTally tally, CompletionLog log, TeacherEndpoint endpoint, TimeProvider time,
    Action<string>? waits = null)
{
    /// <summary>Maximum requests and bytes of a batch, as hosted providers accept them.</summary>
    private const int MostRequests = 50_000;

    private const string ChatPath = "/v1/chat/completions";

    private const int MostBytes = 100 * ByteSize.MB;

    /// <summary>Longest pause between two polls of a batch, which takes minutes to a day.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly TeacherLimits _limits = rows.Spec.Limits;
    private readonly int _samples = rows.Spec.Samples;
    private List<SentBatch> _sent = [];
    private int _failed;
    private string? _lastFailure;

    /// <inheritdoc cref="AskingLoop.RunAsync"/>
    public async Task<AskingEnd> RunAsync(Action<TeacherCompletion> recorded, CancellationToken stop)
    {
        try
        {
            _sent = Read();
            await FindLostAsync(stop);
            bool isInBudget = await SendAsync(stop);
            for (var pause = TimeSpan.FromSeconds(0.5); _sent.Count > 0; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                foreach (SentBatch batch in _sent.ToArray())
                {
                    await CollectAsync(batch, recorded, stop);
                }

                if (_sent.Count > 0)
                {
                    await Task.Delay(pause, time, stop);
                }
            }

            return isInBudget ? AskingLoop.End(_failed, rows.Indices.Count, _lastFailure)
                : new(
                    TeacherJobState.BudgetReached,
                    "The budget leaves no room for the remaining rows if each answer has the maximum length; resume with a larger one.",
                    Failed: _failed);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new(TeacherJobState.Interrupted, null, Failed: _failed);
        }
        catch (ProviderException e)
        {
            return new(TeacherJobState.Failed, e.Message, IsBroken: true, _failed);
        }
    }

    private Uri Address(string path) => new(endpoint.Http.BaseAddress!, path);

    /// <summary>Looks for batches whose ids were not saved because the process ended right after creating them.</summary>
    private async Task FindLostAsync(CancellationToken stop)
    {
        if (_sent.All(batch => batch.Id is not null))
        {
            return;
        }

        WireBatchList list = await AskAsync<WireBatchList>(() => new(HttpMethod.Get, Address("batches?limit=100")), stop);
        foreach (SentBatch lost in _sent.Where(batch => batch.Id is null).ToArray())
        {
            _sent.Remove(lost);
            string? known = list.Data?.FirstOrDefault(b => b.InputFileId == lost.InputFile)?.Id;
            _sent.Add(lost with { Id = known ?? await MakeAsync(lost.InputFile, stop) });
            Save();
        }
    }

    /// <summary>Sends every open row that is in no batch yet; returns false if the budget does not allow all.</summary>
    private async Task<bool> SendAsync(CancellationToken stop)
    {
        HashSet<int> sent = [.. _sent.SelectMany(batch => batch.Requests)];
        using IEnumerator<int> open = (from row in rows.Indices
                                       from sample in Enumerable.Range(0, _samples)
                                       where !tally.IsRecorded(row, sample) && !sent.Contains((row * _samples) + sample)
                                       select (row * _samples) + sample).GetEnumerator();
        TeacherTotals totals = tally.Totals;
        long prompt = totals.PromptTokens;
        long completion = totals.CompletionTokens + ((long)sent.Count * rows.Spec.MaxTokens);
        bool isOpen = open.MoveNext();
        while (isOpen)
        {
            var lines = new StringBuilder();
            var requests = new List<int>();
            while (isOpen && requests.Count < MostRequests && lines.Length < MostBytes)
            {
                var question = rows.PromptOf(open.Current / _samples);
                prompt += TokenCounter.Count(question.AsText());
                completion += rows.Spec.MaxTokens;
                if (prompt + completion > _limits.BudgetTokens || _limits.CostOf(prompt, completion) > _limits.BudgetCost)
                {
                    break;
                }

                string id = open.Current.ToString(CultureInfo.InvariantCulture);
                var line = new { CustomId = id, Method = "POST", Url = ChatPath, Body = ChatRequest.Body(rows.Spec, question) };
                lines.Append(JsonSerializer.Serialize(line, WireJson.Options)).Append('\n');
                requests.Add(open.Current);
                isOpen = open.MoveNext();
            }

            if (requests.Count == 0)
            {
                return false;
            }

            await SendAsync(lines.ToString(), requests, stop);
        }

        return true;
    }

    private async Task SendAsync(string lines, List<int> requests, CancellationToken stop)
    {
        byte[] content = Encoding.UTF8.GetBytes(lines);
        WireFile file = await AskAsync<WireFile>(
            () =>
            {
                var part = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/jsonl") } };
                var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { part, "file", "requests.jsonl" } };
                return new(HttpMethod.Post, Address("files")) { Content = form };
            },
            stop);
        var batch = new SentBatch(file.Id, null, requests);
        _sent.Add(batch);
        Save();
        string id = await MakeAsync(file.Id, stop);
        _sent.Remove(batch);
        _sent.Add(batch with { Id = id });
        Save();
    }

    private async Task<string> MakeAsync(string file, CancellationToken stop)
    {
        var batch = new { InputFileId = file, Endpoint = ChatPath, CompletionWindow = "24h" };
        return (await AskAsync<WireBatch>(
            () => new(HttpMethod.Post, Address("batches")) { Content = JsonContent.Create(batch, options: WireJson.Options) }, stop)).Id;
    }

    private async Task CollectAsync(SentBatch sent, Action<TeacherCompletion> recorded, CancellationToken stop)
    {
        WireBatch batch = await AskAsync<WireBatch>(() => new(HttpMethod.Get, Address($"batches/{Uri.EscapeDataString(sent.Id!)}")), stop);
        if (!batch.IsOver)
        {
            waits?.Invoke($"The provider works on batch {batch.Id} ({batch.Status}{batch.RequestCounts?.Text}).");
            return;
        }

        HashSet<int> missing = [.. sent.Requests];
        foreach (string file in new[] { batch.OutputFileId, batch.ErrorFileId }.OfType<string>())
        {
            Uri content = Address($"files/{Uri.EscapeDataString(file)}/content");
            string lines = await endpoint.SendAsync(() => new(HttpMethod.Get, content), stop);
            foreach (string line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                await TakeAsync(line, missing, recorded);
            }
        }

        if (missing.Count > 0)
        {
            FailureLog.Append(
                job.FailuresPath,
                missing.Select(request => new TeacherFailure(request / _samples, request % _samples, time.GetUtcNow())));
        }

        _sent.Remove(sent);
        Save();
        _failed += missing.Count;
        if (missing.Count > 0)
        {
            _lastFailure ??=
                $"the batch {batch.Id} ended as "
                    + $"{batch.Status}{(batch.Errors?.Data is [{ Message: { } words }, ..] ? $": \"{endpoint.Key.Redact(words)}\"" : "")}; "
                    + $"resume to send the rest again, or ask without --batch.";
        }
    }

    private async Task TakeAsync(string line, HashSet<int> missing, Action<TeacherCompletion> recorded)
    {
        WireBatchLine? answer = Parse<WireBatchLine>(line);
        if (answer is null
            || !int.TryParse(answer.CustomId, NumberStyles.None, CultureInfo.InvariantCulture, out int request)
            || !missing.Contains(request))
        {
            return;
        }

        WireCompletion? body = answer.Response is { StatusCode: 200, Body: var json } ? Parse<WireCompletion>(json.GetRawText()) : null;
        ProviderException? error = answer.Response is { StatusCode: not 200 } response ? ErrorOf(response) : null;
        if (body?.Choices is not { Count: > 0 } && error is not { IsFiltered: true })
        {
            _lastFailure = error?.Message ?? answer.Error?.Message ?? "the batch holds a response without a choice; resume to ask again.";
            return;
        }

        TeacherReply reply = body?.Reply() ?? TeacherReply.Refused;
        var completion = new TeacherCompletion(
            request / _samples, request % _samples, endpoint.Key.Redact(reply.Text), reply.Finish,
            reply.PromptTokens ?? 0, reply.CompletionTokens ?? TokenCounter.Count(reply.Text), 1, 0, time.GetUtcNow(),
            reply.PromptTokens is null || reply.CompletionTokens is null);
        await log.AppendAsync(completion);
        tally.Add(completion);
        missing.Remove(request);
        recorded(completion);
    }

    private async Task<T> AskAsync<T>(Func<HttpRequestMessage> request, CancellationToken stop)
        where T : class =>
        Parse<T>(await endpoint.SendAsync(request, stop))
        ?? throw new ProviderException(
            $"{endpoint.Http.BaseAddress} does not answer as a batch interface does; ask without --batch.", null,
            isFatal: true);

    private ProviderException ErrorOf(WireBatchResponse refused) =>
        ProviderException.Of((HttpStatusCode)refused.StatusCode, endpoint.Key.Redact(refused.Body.GetRawText()), Address("batches"));

    private static T? Parse<T>(string text)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, WireJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private List<SentBatch> Read()
    {
        try
        {
            return PlainFile.ReadJson<List<SentBatch>>(job.BatchesPath, MostBytes, EngineJson.Spec);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException($"{job.BatchesPath} cannot be read ({e.Message.TrimEnd('.')}), so rows might be asked and paid for "
                + $"twice; restore it, or delete it to ask again.", e);
        }
    }

    private void Save() => AtomicFile.WriteAllText(job.BatchesPath, JsonSerializer.Serialize(_sent, EngineJson.Spec));
}
