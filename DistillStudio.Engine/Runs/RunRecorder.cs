using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Runs;

/// <summary>Observes a run's events as they occur. Called on the training thread: implementations must return quickly.</summary>
public interface IRunObserver
{
    void OnEvent(RunEvent happened);
}

/// <summary>Assigns number and time to a run's events, appends them to its event file and notifies the observers, in that order.</summary>
public sealed class RunRecorder : IDisposable
{
    private readonly IReadOnlyList<IRunObserver> _observers;
    private readonly TimeProvider _time;
    private readonly string? _path;
    private readonly IDisposable? _lock;
    private FileStream? _file;
    private long _number;

    /// <param name="eventsPath">Path of the event file; null to keep none (<c>--no_log</c>).</param>
    /// <param name="observers">Observers, notified in this order.</param>
    /// <param name="time">Clock for the event times.</param>
    /// <exception cref="RunHeldException">The run is locked by another process.</exception>
    /// <exception cref="InputException">The path of the event file or the lock file is occupied by something else.</exception>
    public RunRecorder(string? eventsPath, IReadOnlyList<IRunObserver> observers, TimeProvider time)
    {
        _observers = observers;
        _time = time;
        _path = eventsPath;
        if (eventsPath is null)
        {
            return;
        }

        _lock = RunLock.Take(Path.GetDirectoryName(Path.GetFullPath(eventsPath))!);
        try
        {
            _number = LastNumberIn(eventsPath);
            _file = LineFile.Open(eventsPath);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>Number of the last event.</summary>
    public long LastNumber => _number;

    public void Record(RunEvent happened)
    {
        RunEvent numbered = Number(happened);
        if (_file is not null)
        {
            LineFile.Append(_file, EventLine.Write(numbered));
        }

        Notify(numbered);
    }

    public void Log(LogSeverity severity, string message) => Record(new Logged(severity, message));

    /// <summary>Records the beginning of a phase before the first step of this process.</summary>
    public void Begin(RunPhase phase) => Record(new PhaseStarted(0, phase));

    /// <summary>
    /// Continues the run from an earlier event: removes events of later steps from the file, so that no step occurs twice, and records
    /// <paramref name="resumed"/> at that point. Keeps the log and adds a line on why the run ended; numbering continues from the highest
    /// number ever used.
    /// </summary>
    /// <exception cref="IOException">The file cannot be rewritten; it is unchanged.</exception>
    public void GoBack(long lastNumber, Resumed resumed)
    {
        if (_path is null)
        {
            Record(resumed);
            return;
        }

        RunEvent numbered;
        _file?.Dispose();
        try
        {
            List<RunEvent> events = [.. EventLine.ReadAll(_path)];
            numbered = Number(resumed);

            // Written atomically with its mark: if the process ended in between, the removed numbers would be reused.
            AtomicFile.Write(_path, stream =>
            {
                foreach (RunEvent kept in events.Select(e => e.Number <= lastNumber ? e : Keep(e, resumed.Step)).OfType<RunEvent>())
                {
                    stream.Write(EventLine.Write(kept));
                }

                stream.Write(EventLine.Write(numbered));
            });
        }
        finally
        {
            _file = LineFile.Open(_path);
        }

        Notify(numbered);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _lock?.Dispose();
    }

    /// <summary>
    /// Returns what is kept of an event recorded after the checkpoint of that step; null for nothing. The event of the checkpoint itself
    /// is among them.
    /// </summary>
    private static RunEvent? Keep(RunEvent happened, int step) => happened switch
    {
        Logged or Resumed { IsRestored: true } => happened,
        Checkpointed saved when saved.Step <= step => happened,
        Failed failed => new Logged(
            LogSeverity.Warning, $"Failed after step {failed.Step}: {failed.Message}")
        { Number = failed.Number, Time = failed.Time },
        Cancelled cancelled => new Logged(
            LogSeverity.Information, $"Cancelled after step {cancelled.Step}.")
        { Number = cancelled.Number, Time = cancelled.Time },
        _ => null,
    };

    private static long LastNumberIn(string path)
    {
        try
        {
            return Path.Exists(path) ? EventLine.ReadAll(path).Select(e => e.Number).DefaultIfEmpty(0).Max() : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); restore the run's event file.", e);
        }
    }

    private RunEvent Number(RunEvent happened) => happened with { Number = ++_number, Time = _time.GetUtcNow() };

    private void Notify(RunEvent happened)
    {
        foreach (IRunObserver observer in _observers)
        {
            observer.OnEvent(happened);
        }
    }
}
