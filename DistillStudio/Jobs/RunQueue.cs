using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>The runs that wait, in their order. It lies in the runs' folders and in history, so a restart changes nothing.</summary>
public sealed class RunQueue(RunHistory history, RunEditor editor)
{
    private readonly Lock _gate = new();

    /// <summary>Raised when a run may have come to wait.</summary>
    public event Action? Grown;

    /// <summary>Next one first.</summary>
    public IReadOnlyList<RunSummary> Waiting() =>
    [
        .. history.ListRuns()
            .Where(run => run.State == RunState.Queued)
            .OrderBy(run => run.QueueOrder ?? int.MaxValue)
            .ThenBy(run => run.Id, StringComparer.Ordinal),
    ];

    /// <summary>Puts a run that history does not know yet at the end.</summary>
    public void Add(RunSummary run)
    {
        lock (_gate)
        {
            int last = Waiting().Max(waiting => waiting.QueueOrder) ?? 0;
            history.Add(run with { State = RunState.Queued, QueueOrder = last + 1 });
            editor.Save(run.Id);
        }

        Look();
    }

    /// <summary>Lets a run that has ended wait again: as the next one, or at the end.</summary>
    public void AddAgain(string runId, bool isNext)
    {
        lock (_gate)
        {
            if (!editor.Get(runId).State.HasEnded())
            {
                return; // it waits or runs already
            }

            int?[] orders = [.. Waiting().Select(waiting => waiting.QueueOrder)];
            int order = isNext ? (orders.Min() ?? 1) - 1 : (orders.Max() ?? 0) + 1;
            editor.Edit(runId, run => run with { State = RunState.Queued, QueueOrder = order, EndedAt = null, Failure = null });
        }

        Look();
    }

    /// <summary>A run may wait that did not before.</summary>
    public void Look() => Grown?.Invoke();

    /// <summary>Takes the first run that <paramref name="fits"/> out of the queue and marks it running; null where none does.</summary>
    /// <param name="fits">Whether the caller can train it.</param>
    /// <param name="claim">Told its id just before.</param>
    public RunSummary? TakeNext(Func<RunSpec, bool> fits, Action<string> claim)
    {
        lock (_gate)
        {
            if (Waiting().FirstOrDefault(run => fits(run.Spec)) is not { } next)
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
                return history.Find(next.Id); // the folder cannot be written: the run finds that out, and says so
            }
        }
    }

    /// <summary>Takes a run out without running it; false where it does not wait any more.</summary>
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

    /// <exception cref="InputException">The run does not wait.</exception>
    public void Move(string runId, int place)
    {
        lock (_gate)
        {
            List<string> order = [.. Waiting().Select(run => run.Id)];
            if (!order.Remove(runId))
            {
                throw new InputException($"{editor.Get(runId).Title} does not wait in the queue any more; only waiting runs can be moved.");
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
