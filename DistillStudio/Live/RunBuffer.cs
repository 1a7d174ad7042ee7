using DistillStudio.Engine.Runs;

namespace DistillStudio.Live;

/// <summary>The last events of one run, and its subscriptions. Thread-safe.</summary>
/// <param name="capacity">Maximum number of events.</param>
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

    /// <summary>Removes a subscription; returns false if it was not present.</summary>
    public bool Remove(RunSubscription follower)
    {
        lock (_gate)
        {
            return _followers.Remove(follower);
        }
    }

    /// <summary>Adds the events and returns the subscriptions to signal.</summary>
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

    /// <summary>Clears the events and returns the subscriptions to signal.</summary>
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

    /// <summary>Returns the events after the number; null if the buffer is empty or does not reach back that far.</summary>
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

            return _lastAnswer?.Events; // pages are signalled together and pull the same events
        }
    }
}
