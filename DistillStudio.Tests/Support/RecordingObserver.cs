using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Support;

/// <summary>Keeps a run's events in their order.</summary>
/// <param name="then">Called after each; null for nothing.</param>
/// <param name="events">Receives them; null for a new list.</param>
internal sealed class RecordingObserver(Action<RunEvent>? then = null, List<RunEvent>? events = null) : IRunObserver
{
    public List<RunEvent> Events { get; } = events ?? [];

    public void OnEvent(RunEvent happened)
    {
        Events.Add(happened);
        then?.Invoke(happened);
    }
}
