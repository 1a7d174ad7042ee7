using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

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
    private readonly string? _path;
    private readonly IDisposable? _lock;
    private FileStream? _file;
    private long _number;

    /// <param name="eventsPath">Null where nothing is to be kept (<c>--no_log</c>).</param>
    /// <param name="observers">Told in this order.</param>
    /// <param name="time">The clock of the dates.</param>
    /// <exception cref="RunHeldException">Another process writes this run.</exception>
    /// <exception cref="InputException">Something else lies in the place of the event file or the lock.</exception>
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
            _file = Open(eventsPath);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>The number of the last event.</summary>
    public long LastNumber => _number;

    public void Record(RunEvent happened)
    {
        RunEvent numbered = Number(happened);
        if (_file is not null)
        {
            Append(_file, EventLine.Write(numbered));
        }

        Tell(numbered);
    }

    public void Log(LogSeverity severity, string message) => Record(new Logged(severity, message));

    /// <summary>
    /// The run goes on from an earlier event: what the file says of later steps goes, so that no step stands there twice, and <paramref name="resumed"/>
    /// marks the place. The log stays, with a line on why the run ended, and numbers go on from the highest ever given.
    /// </summary>
    /// <exception cref="IOException">The file cannot be rewritten; it is as it was.</exception>
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

            // In one piece with its mark: were the process to end in between, the numbers cut off would be given again.
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
            _file = Open(_path);
        }

        Tell(numbered);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _lock?.Dispose();
    }

    /// <summary>What stays of an event that came after the checkpoint of that step; null for nothing. The word of the checkpoint itself is one of them.</summary>
    private static RunEvent? Keep(RunEvent happened, int step) => happened switch
    {
        Logged or Resumed { IsRestored: true } => happened,
        Checkpointed saved when saved.Step <= step => happened,
        Failed failed => new Logged(LogSeverity.Warning, $"Failed after step {failed.Step}: {failed.Message}") { Number = failed.Number, Time = failed.Time },
        Cancelled cancelled => new Logged(LogSeverity.Information, $"Cancelled after step {cancelled.Step}.") { Number = cancelled.Number, Time = cancelled.Time },
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
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); put the run's event file back in its place.", e);
        }
    }

    private static FileStream Open(string path)
    {
        FileStream file = PlainFile.OpenOrCreate(path, FileShare.Read | FileShare.Delete);
        if (file.Length > 0)
        {
            file.Position = file.Length - 1;
            if (file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n'); // a line torn by a crash must not swallow the next one
            }
        }

        return file;
    }

    /// <summary>One write a line, straight to the system: a killed process loses nothing that was recorded. A line that does not fit the disk leaves no part of itself.</summary>
    private static void Append(FileStream file, byte[] line)
    {
        long start = file.Position;
        try
        {
            file.Write(line);
        }
        catch (IOException)
        {
            file.SetLength(start);
            file.Position = start;
            throw;
        }
    }

    private RunEvent Number(RunEvent happened) => happened with { Number = ++_number, Time = _time.GetUtcNow() };

    private void Tell(RunEvent happened)
    {
        foreach (IRunObserver observer in _observers)
        {
            observer.OnEvent(happened);
        }
    }
}
