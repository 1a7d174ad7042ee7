using System.Text.Json;

namespace DistillStudio.Engine.Training;

/// <summary>Reads a run's events as they happen. Called on the training thread: hand over and return.</summary>
public interface IRunObserver
{
    void OnEvent(RunEvent happened);
}

/// <summary>Numbers and dates a run's events, appends them to its event file and passes them on, in that order.</summary>
public sealed class RunRecorder : IDisposable
{
    private readonly IReadOnlyList<IRunObserver> _observers;
    private readonly TimeProvider _time;
    private readonly IDisposable? _lock;
    private readonly FileStream? _file;
    private long _number;

    /// <param name="eventsPath">Null where nothing is to be kept (<c>--no_log</c>).</param>
    /// <param name="observers">Told in this order.</param>
    /// <param name="time">The clock of the dates.</param>
    /// <param name="lastNumber">The last number already in the file; 0 for a new run.</param>
    /// <exception cref="Runtime.InputException">Another process writes this run.</exception>
    public RunRecorder(string? eventsPath, IReadOnlyList<IRunObserver> observers, TimeProvider time, long lastNumber = 0)
    {
        _observers = observers;
        _time = time;
        _number = lastNumber;
        if (eventsPath is not null)
        {
            _lock = RunLock.Take(Path.GetDirectoryName(Path.GetFullPath(eventsPath))!);
            _file = new FileStream(eventsPath, FileMode.Append, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }
    }

    /// <summary>The number of the last event.</summary>
    public long LastNumber => _number;

    public void Record(RunEvent happened)
    {
        RunEvent numbered = happened with { Number = ++_number, Time = _time.GetUtcNow() };

        // One write per line, straight to the system: a killed process loses nothing that was recorded.
        _file?.Write([.. JsonSerializer.SerializeToUtf8Bytes(numbered, EngineJson.Events), (byte)'\n']);
        foreach (IRunObserver observer in _observers)
        {
            observer.OnEvent(numbered);
        }
    }

    public void Log(LogSeverity severity, string message) => Record(new Logged(severity, message));

    public void Dispose()
    {
        _file?.Dispose();
        _lock?.Dispose();
    }
}
