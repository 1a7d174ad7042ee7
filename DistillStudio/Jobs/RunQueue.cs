using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>The queued runs in order. Persisted in the run folders and in history, so that it survives a restart.</summary>
public sealed class RunQueue(RunHistory history, RunEditor editor)
{
    private readonly Lock _gate = new();

    /// <summary>Held while runs that belong together are added, so that they are handed to the cluster together.</summary>
    public Lock Group { get; } = new();

    /// <summary>Raised when a run may have been queued.</summary>
    public event Action? Grown;

    /// <summary>Returns the queued runs, next first.</summary>
    public IReadOnlyList<RunSummary> Waiting() =>
    [
        .. history.ListRuns()
            .Where(run => run.State == RunState.Queued)
            .OrderBy(run => run.QueueOrder ?? int.MaxValue)
            .ThenBy(run => run.Id, StringComparer.Ordinal),
    ];

    /// <summary>Appends a run that has not been started yet.</summary>
    public void Add(RunSummary run)
    {
        lock (_gate)
        {
            int last = Waiting().Where(waiting => waiting.Id != run.Id).Max(waiting => waiting.QueueOrder) ?? 0;
            if (!history.Add(run with { State = RunState.Queued, QueueOrder = last + 1 }))
            {
                history.Edit(run.Id, found => found.State == RunState.Queued ? found with { QueueOrder = last + 1 } : found);
            }

            editor.Save(run.Id);
        }

        RaiseGrown();
    }

    /// <summary>Queues a run that has ended again, either as the next run or at the end.</summary>
    public void AddAgain(string runId, bool isNext)
    {
        lock (_gate)
        {
            RunSummary again = editor.Get(runId);
            if (!again.State.HasEnded() && again is not { State: RunState.Paused, Placement.IsLive: false })
            {
                return; // already queued or running
            }

            int?[] orders = [.. Waiting().Select(waiting => waiting.QueueOrder)];
            int order = isNext ? (orders.Min() ?? 1) - 1 : (orders.Max() ?? 0) + 1;
            editor.Edit(runId, run => run with { State = RunState.Queued, QueueOrder = order, EndedAt = null, Failure = null });
        }

        RaiseGrown();
    }

    /// <summary>Raises <see cref="Grown"/>.</summary>
    public void RaiseGrown() => Grown?.Invoke();

    /// <summary>
    /// Removes the first run of this machine that satisfies <paramref name="fits"/> from the queue and marks it running; returns null if
    /// none does. Runs that are placed on a cluster are left to it.
    /// </summary>
    /// <param name="fits">Returns true if the caller can train the run.</param>
    /// <param name="claim">Called with the run's id before it is marked running.</param>
    public RunSummary? TakeNext(Func<RunSpec, bool> fits, Action<string> claim)
    {
        lock (_gate)
        {
            if (Waiting().FirstOrDefault(run => run.Placement is null && fits(run.Spec)) is not { } next)
            {
                return null;
            }

            claim(next.Id);
            try
            {
                return editor.Edit(next.Id, run => run with { State = RunState.Running, QueueOrder = null });
            }
            catch (InputException)
            {
                return history.Find(next.Id); // the folder cannot be written: training the run fails and reports it
            }
        }
    }

    /// <summary>Removes a run from the queue and marks it cancelled; returns false if it is no longer queued.</summary>
    public bool TryTake(string runId)
    {
        lock (_gate)
        {
            if (history.Find(runId)?.State != RunState.Queued)
            {
                return false;
            }

            editor.Edit(runId, run => run with { State = RunState.Cancelled, QueueOrder = null });
            return true;
        }
    }

    /// <summary>Removes a run from the queue without ending it: it can be queued again. Returns false if it is no longer queued.</summary>
    public bool TryWithdraw(string runId)
    {
        lock (_gate)
        {
            if (history.Find(runId)?.State != RunState.Queued)
            {
                return false;
            }

            editor.Edit(runId, run => Asked(run, JobRequest.Withdraw) with { State = RunState.Interrupted, QueueOrder = null });
            return true;
        }
    }

    /// <summary>Records what a user asks of a run's job on the cluster, which the dispatcher passes on.</summary>
    public void Ask(string runId, JobRequest request)
    {
        editor.Edit(runId, run => Asked(run, request));
        RaiseGrown();
    }

    private static RunSummary Asked(RunSummary run, JobRequest request) => run.Placement is { Job: { IsOver: false } job } placement
        ? run with { Placement = placement with { Job = job with { Request = request, RequestedAt = null } } }
        : run;

    /// <exception cref="InputException">The run is not queued.</exception>
    public void Move(string runId, int place)
    {
        lock (_gate)
        {
            List<string> order = [.. Waiting().Select(run => run.Id)];
            if (!order.Remove(runId))
            {
                throw new InputException($"{editor.Get(runId).Title} is no longer queued; only queued runs can be moved.");
            }

            order.Insert(Math.Clamp(place, 0, order.Count), runId);
            for (int i = 0; i < order.Count; i++)
            {
                int turn = i + 1;
                if (history.Find(order[i])?.QueueOrder != turn)
                {
                    editor.Edit(order[i], run => run with { QueueOrder = turn });
                }
            }
        }
    }
}
