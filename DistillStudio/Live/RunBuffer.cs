using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Live;

/// <summary>The last events of one run, and who follows it. Safe from any thread.</summary>
/// <param name="capacity">Events kept at most.</param>
internal sealed class RunBuffer(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<RunEvent> _events = new();
    private readonly HashSet<RunSubscription> _followers = [];
    private long _lastNumber;
    private (long Number, IReadOnlyList<RunEvent> Events)? _lastAnswer;

    public bool HasFollowers
    {
        get
        {
            lock (_gate)
            {
                return _followers.Count > 0;
            }
        }
    }

    public void Add(RunSubscription follower)
    {
        lock (_gate)
        {
            _followers.Add(follower);
        }
    }

    /// <summary>False where it did not follow.</summary>
    public bool Remove(RunSubscription follower)
    {
        lock (_gate)
        {
            return _followers.Remove(follower);
        }
    }

    /// <summary>Keeps the events and returns who is to hear of them.</summary>
    public IReadOnlyList<RunSubscription> Take(IReadOnlyList<RunEvent> events)
    {
        lock (_gate)
        {
            _lastAnswer = null;
            foreach (RunEvent happened in events)
            {
                _events.Enqueue(happened);
                _lastNumber = happened.Number;
                if (_events.Count > capacity)
                {
                    _events.Dequeue();
                }
            }

            return [.. _followers];
        }
    }

    /// <summary>Forgets the events and returns who is to hear of it.</summary>
    public IReadOnlyList<RunSubscription> Clear()
    {
        lock (_gate)
        {
            _events.Clear();
            _lastNumber = 0;
            _lastAnswer = null;
            return [.. _followers];
        }
    }

    /// <summary>Everything after that number; null where the buffer no longer goes back so far, or not yet holds what history has.</summary>
    public IReadOnlyList<RunEvent>? After(long number)
    {
        lock (_gate)
        {
            if (_events.Count == 0 || _events.Peek().Number > number + 1)
            {
                return null;
            }

            if (_lastAnswer?.Number != number)
            {
                _lastAnswer = (number, number >= _lastNumber ? [] : [.. _events.Where(e => e.Number > number)]);
            }

            return _lastAnswer?.Events; // pages are called together and ask for the same
        }
    }
}
