using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>
/// Works on a job in this process, which holds its lock: asks, records, and writes the teacher at the end. One at a time for a job.
/// </summary>
internal sealed class TeacherWork : IDisposable
{
    private const int MostRecent = 20;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private readonly IDisposable _lock;
    private readonly TimeProvider _time;
    private readonly TeacherTally _tally;
    private readonly long _lostBefore;
    private readonly Lock _gate = new();
    private readonly LinkedList<TeacherCompletion> _recent = [];
    private DateTimeOffset _started;
    private int _answeredBefore;
    private int _failed;
    private volatile string? _waiting; // why no answer comes at the moment

    private TeacherWork(TeacherJob job, IDisposable taken, TimeProvider time)
    {
        (Job, _lock, _time) = (job, taken, time);
        Rows = TeacherRows.Load(job.Spec);
        TeacherOutcome.RequireFree(Rows, job.Spec.Name);
        _lostBefore = job.ReadStatus().LostRequests;
        _tally = new TeacherTally(Rows, CompletionLog.ReadAll(job.CompletionsPath), _lostBefore);
    }

    public TeacherJob Job { get; }

    public TeacherRows Rows { get; }

    /// <summary>The newest completions, the last one first.</summary>
    public IReadOnlyList<TeacherCompletion> Recent
    {
        get
        {
            lock (_gate)
            {
                return [.. _recent];
            }
        }
    }

    public TeacherProgress Progress => Describe("progress", _waiting);

    /// <summary>Locks the job and reads its data.</summary>
    /// <param name="job">The job.</param>
    /// <param name="time">Clock.</param>
    /// <param name="changed">Limits and address from now on; null to keep them.</param>
    /// <exception cref="InputException">Another process works on it, or its data cannot be used.</exception>
    public static TeacherWork Open(TeacherJob job, TimeProvider time, TeacherJobSpec? changed = null)
    {
        IDisposable taken = job.Take();
        try
        {
            if (changed is not null)
            {
                job.Change(changed);
            }

            return new TeacherWork(job, taken, time);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Asks until all rows are answered, the budget is used up, the provider refuses, or <paramref name="stop"/>.</summary>
    /// <param name="isOfStudio">Saved with the state: a studio resumes its own jobs.</param>
    /// <param name="report">Called about once a second, and at start and end.</param>
    /// <param name="stop">Stops the job.</param>
    /// <param name="stoppedAs">The state to save when stopped, and its reason.</param>
    /// <returns>The last report: <c>finished</c>, <c>interrupted</c> or <c>failed</c>.</returns>
    public async Task<TeacherProgress> RunAsync(bool isOfStudio, Action<TeacherProgress> report, CancellationToken stop,
        Func<(TeacherJobState, string?)>? stoppedAs = null)
    {
        _started = _time.GetUtcNow();
        _answeredBefore = _tally.Totals.Answered;
        Job.Save(new(TeacherJobState.Running, null, _started, _lostBefore, isOfStudio));
        report(Describe("started"));
        AskingEnd end;
        try
        {
            end = await AskAsync(report, stop);
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            Save(TeacherJobState.Failed, $"{e.Message.TrimEnd('.')}.", isOfStudio);
            throw;
        }

        (TeacherJobState state, string? reason) = end.State == TeacherJobState.Interrupted
            ? stoppedAs?.Invoke() ?? (TeacherJobState.Interrupted, null) : (end.State, end.Reason);
        TeacherOutcomeReport? outcome = null;
        if (end.State != TeacherJobState.Interrupted && _tally.Totals.Answered > 0)
        {
            outcome = TeacherOutcome.Publish(Rows, Job, new TeacherFilters(), Job.Spec.Name);
        }

        Save(state, reason, isOfStudio);
        TeacherProgress last = Describe(EventOf(end), reason, outcome);
        report(last);
        return last;
    }

    public void Dispose() => _lock.Dispose();

    private string EventOf(AskingEnd end) =>
        end.State == TeacherJobState.Interrupted ? TeacherProgress.Interrupted
            : end.IsBroken || (end.State == TeacherJobState.Failed && _tally.Totals.Answered == 0) ? TeacherProgress.Broken
            : TeacherProgress.Finished;

    private async Task<AskingEnd> AskAsync(Action<TeacherProgress> report, CancellationToken stop)
    {
        TeacherLimits limits = Job.Spec.Limits;
        DateTimeOffset reported = _started;
        var gate = new RateGate(_time, limits.Rpm, limits.Tpm);
        using var endpoint = new TeacherEndpoint(Job.Spec, gate, waits: Waiting);
        using var log = CompletionLog.Open(Job.CompletionsPath);
        using var loop = new AskingLoop(Job, Rows, _tally, log, endpoint, gate, _time);
        AskingEnd end = Job.Spec.Address.IsBatch
            ? await new BatchLoop(Job, Rows, _tally, log, endpoint, _time, Waiting).RunAsync(Recorded, stop)
            : await loop.RunAsync(Recorded, stop);
        _failed = end.Failed;
        return end;

        void Recorded(TeacherCompletion completion)
        {
            lock (_gate)
            {
                _failed = loop.Failed;
                _waiting = null;
                _recent.AddFirst(completion);
                if (_recent.Count > MostRecent)
                {
                    _recent.RemoveLast();
                }

                if (!IsDue())
                {
                    return;
                }
            }

            report(Progress);
        }

        void Waiting(string why)
        {
            lock (_gate)
            {
                bool isFirst = _waiting is null && _recent.Count == 0; // nothing has been said since the start
                _waiting = why;
                if (!IsDue() && !isFirst)
                {
                    return;
                }
            }

            report(Progress);
        }

        bool IsDue()
        {
            DateTimeOffset now = _time.GetUtcNow();
            if (now - reported < ReportInterval)
            {
                return false;
            }

            reported = now;
            return true;
        }
    }

    private void Save(TeacherJobState state, string? reason, bool isOfStudio)
    {
        TeacherTotals totals = _tally.Totals;
        long recorded = CompletionLog.ReadAll(Job.CompletionsPath).Sum(c => (long)c.Requests);
        Job.Save(new(state, reason, _time.GetUtcNow(), totals.Requests - recorded, isOfStudio));
    }

    private TeacherProgress Describe(string happened, string? reason = null, TeacherOutcomeReport? outcome = null)
    {
        TeacherTotals totals = _tally.Totals;
        double minutes = (_time.GetUtcNow() - _started).TotalMinutes;
        int answered = totals.Answered - _answeredBefore;
        return TeacherProgress.Of(happened, Job.Spec, totals, _failed, answered > 0 && minutes > 0 ? answered / minutes : null, reason,
            outcome);
    }
}
