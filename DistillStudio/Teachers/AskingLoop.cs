using System.Diagnostics;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Teachers;

/// <summary>Why asking ended.</summary>
/// <param name="State">Finished, BudgetReached or Failed; Interrupted if it was stopped.</param>
/// <param name="IsBroken">True if rows were left unasked because the provider refuses or fails every request.</param>
/// <param name="Failed">Number of rows that failed.</param>
internal sealed record AskingEnd(TeacherJobState State, string? Reason, bool IsBroken = false, int Failed = 0);

/// <summary>Asks about every row that has no recorded completion, several at a time, within the budget.</summary>
internal sealed class AskingLoop(TeacherJob job, TeacherRows rows, TeacherTally tally, CompletionLog log, TeacherEndpoint endpoint,
    RateGate gate, TimeProvider time) : IDisposable
{
    /// <summary>Number of consecutive rows that may fail before the endpoint counts as broken.</summary>
    private const int MostFailuresInARow = 12;

    /// <summary>Time allowed for pending answers after the job is stopped: they are paid for.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly TeacherLimits _limits = rows.Spec.Limits;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private IEnumerator<(int Row, int Sample)> _next = Enumerable.Empty<(int, int)>().GetEnumerator();
    private AskingEnd? _why;
    private Question? _peeked;
    private long _reservedPrompt;
    private int _asking, _failuresInARow;

    /// <summary>Number of rows that failed.</summary>
    public int Failed { get; private set; }

    /// <summary>The last failure; null if there was none.</summary>
    public string? LastFailure { get; private set; }

    /// <param name="recorded">Called after each completion is on disk.</param>
    /// <param name="stop">Ends the loop after the pending requests.</param>
    /// <exception cref="IOException">A completion cannot be written.</exception>
    /// <exception cref="InputException">A failure cannot be written.</exception>
    public async Task<AskingEnd> RunAsync(Action<TeacherCompletion> recorded, CancellationToken stop)
    {
        _next = Open().GetEnumerator();
        using CancellationTokenSource hard = new();
        await using CancellationTokenRegistration _ = stop.Register(() =>
        {
            _end.Cancel();
            hard.CancelAfter(Grace);
        });
        await Task.WhenAll(Enumerable.Range(0,
            _limits.Concurrency).Select(_ => Task.Run(() => WorkAsync(recorded, hard.Token), CancellationToken.None)));
        return stop.IsCancellationRequested ? new(TeacherJobState.Interrupted, null, Failed: Failed)
            : _why is not null ? _why with { Failed = Failed }
            : End(Failed, rows.Indices.Count, LastFailure);
    }

    /// <summary>Returns the end of a job whose rows were all asked.</summary>
    public static AskingEnd End(int failed, int rows, string? lastFailure) => failed == 0
        ? new(TeacherJobState.Finished, null)
        : new(TeacherJobState.Failed, $"{failed} of {rows} rows failed; the last time: {lastFailure}", Failed: failed);

    public void Dispose()
    {
        _next.Dispose();
        _end.Dispose();
    }

    private IEnumerable<(int Row, int Sample)> Open() =>
        from row in rows.Indices
        from sample in Enumerable.Range(0, rows.Spec.Samples)
        where !tally.IsRecorded(row, sample)
        select (row, sample);

    private async Task WorkAsync(Action<TeacherCompletion> recorded, CancellationToken hard)
    {
        try
        {
            while (!_end.IsCancellationRequested && Take() is { } question)
            {
                try
                {
                    await gate.EnterAsync(question.Tokens + Expected(), _end.Token);
                    await AskAsync(question, recorded, hard);
                }
                finally
                {
                    Release(question.Tokens);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped: the row stays open.
        }
        catch
        {
            await _end.CancelAsync(); // the disk is full: further answers could not be kept
            throw;
        }
    }

    private async Task AskAsync(Question question, Action<TeacherCompletion> recorded, CancellationToken hard)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            TeacherReply reply = await endpoint.AskAsync(question.Prompt, hard);
            var completion = new TeacherCompletion(
                question.Row, question.Sample, reply.Text, reply.Finish, reply.PromptTokens ?? question.Tokens,
                    reply.CompletionTokens ?? TokenCounter.Count(reply.Text), reply.Requests,
                Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3), time.GetUtcNow(), reply.PromptTokens is null
                    || reply.CompletionTokens is null);
            await log.AppendAsync(completion);
            tally.Add(completion);
            recorded(completion);
            lock (_lock)
            {
                _failuresInARow = 0;
            }
        }
        catch (ProviderException e)
        {
            tally.AddLostRequests(e.Requests);
            await FailAsync(question, e);
        }
    }

    /// <exception cref="InputException">The failure cannot be recorded.</exception>
    private Task FailAsync(Question question, ProviderException e)
    {
        lock (_lock)
        {
            FailureLog.Append(job.FailuresPath, [new(question.Row, question.Sample, time.GetUtcNow())]);
            Failed++;
            LastFailure = e.Message;
            if (e.IsFatal || ++_failuresInARow >= MostFailuresInARow)
            {
                _why ??= new(TeacherJobState.Failed, e.Message, IsBroken: true);
                return _end.CancelAsync();
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Takes the next row and reserves its tokens; returns null if there is none, or the budget does not allow it now.</summary>
    private Question? Take()
    {
        lock (_lock)
        {
            _peeked ??= _why is null && _next.MoveNext() ? Ask(_next.Current.Row, _next.Current.Sample) : null;
            if (_why is not null || _peeked is not { } question || IsBudgetUsed(question.Tokens))
            {
                return null;
            }

            _peeked = null;
            _reservedPrompt += question.Tokens;
            _asking++;
            return question;
        }
    }

    private Question Ask(int row, int sample)
    {
        Prompt prompt = rows.PromptOf(row);
        return new(row, sample, prompt, TokenCounter.Count(prompt.AsText()));
    }

    /// <summary>Expected tokens of a completion: the longest so far, or the maximum.</summary>
    private int Expected() => tally.LongestCompletion > 0 ? tally.LongestCompletion : rows.Spec.MaxTokens;

    /// <summary>
    /// Returns true if one more request may not fit. Pending ones may turn out shorter, so only the last worker decides that the
    /// budget is used up. The very first request shows how long an answer is, so it may start if its prompt fits.
    /// </summary>
    private bool IsBudgetUsed(int tokens)
    {
        if (_limits.BudgetTokens is null && _limits.BudgetCost is null)
        {
            return false;
        }

        TeacherTotals totals = tally.Totals;
        int more = _asking == 0 && tally.LongestCompletion == 0 ? 1 : Expected();
        long prompt = totals.PromptTokens + _reservedPrompt + tokens;
        long completion = totals.CompletionTokens + ((long)_asking * Expected()) + more;
        bool isUsed = prompt + completion > _limits.BudgetTokens || _limits.CostOf(prompt, completion) > _limits.BudgetCost;
        if (isUsed && _asking == 0)
        {
            _why = new(TeacherJobState.BudgetReached, prompt + completion > _limits.BudgetTokens
                ? $"The budget of {_limits.BudgetTokens:N0} tokens leaves no room for another request; "
                    + $"resume with a larger --budget-tokens."
                : $"The budget of {_limits.BudgetCost:0.######} leaves no room for another request; resume with a larger --budget-cost.");
        }

        return isUsed;
    }

    private void Release(int tokens)
    {
        lock (_lock)
        {
            _asking--;
            _reservedPrompt -= tokens;
        }
    }

    private sealed record Question(int Row, int Sample, Prompt Prompt, int Tokens);
}
