using System.Collections.Concurrent;
using System.Diagnostics;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Ingests all run events into history by following the event files under <c>runs/</c>, whether written by this process or by
/// another one, such as a terminal. Runs of this process trigger a read after each event; other runs are polled four times a second.
/// </summary>
public sealed class EventIngester : IHostedService, IDisposable
{
    private static readonly TimeSpan ReadInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ScanInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly StudioHome _home;
    private readonly RunHistory _history;
    private readonly TimeProvider _time;
    private readonly ILogger<EventIngester> _log;
    private readonly ConcurrentDictionary<string, bool> _poked = [];
    private readonly RunFolderReader _reader;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _reading = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FileSystemWatcher? _watcher;
    private Thread? _thread;
    private volatile bool _mustScan = true;
    private bool _hasScanFailed;
    private volatile bool _isStopping;

    public EventIngester(StudioHome home, RunHistory history, ActiveRuns active, TimeProvider time, ILogger<EventIngester> log) =>
        (_home, _history, _time, _log, _reader) = (home, history, time, log, new RunFolderReader(history, active, log));

    /// <summary>
    /// Raised when a run is found interrupted and all its events have been read: once for each such run at startup, later for each
    /// run whose process has disappeared. Raised on the ingester's thread; for the runs found at startup, before <see cref="Ready"/>
    /// completes.
    /// </summary>
    public event Action<string>? Orphaned
    {
        add => _reader.Orphaned += value;
        remove => _reader.Orphaned -= value;
    }

    /// <summary>Completes once all run folders have been read.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Schedules an immediate read of the run's event file.</summary>
    public void Poke(string runId)
    {
        if (_poked.TryAdd(runId, true))
        {
            Wake();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        MakeFolder();
        _watcher = Watch();
        _thread = new Thread(Work) { Name = "run folders", IsBackground = true };
        _thread.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Stop();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Stops the thread if the host did not. May be called more than once: the container registers this object under two services.
    /// </summary>
    public void Dispose()
    {
        _watcher?.Dispose();
        if (Stop())
        {
            _wake.Dispose();
        }
    }

    /// <summary>
    /// Changes a run's state and its events together, while no event file is read. Otherwise, a queued branch that is being cancelled
    /// could be read up to the events it shares with the other run: it would be found running, then interrupted, and be resumed.
    /// </summary>
    public T BetweenReads<T>(Func<T> change)
    {
        lock (_reading)
        {
            return change();
        }
    }

    /// <inheritdoc cref="RunFolderReader.FollowElsewhere"/>
    public void FollowElsewhere(string runId)
    {
        _reader.FollowElsewhere(runId);
        Poke(runId);
    }

    /// <summary>
    /// Stops the thread. Returns false if it is still blocked in a read after the timeout; it then ends with the process.
    /// </summary>
    private bool Stop()
    {
        _isStopping = true;
        _reader.Stop();
        Wake();
        return _thread?.Join(StopTimeout) ?? true;
    }

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(_home.Runs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{_home.Runs} cannot be the folder of the runs ({e.Message.TrimEnd('.')}); "
                + $"make it a folder that can be written, or name another home with --home DIR.", e);
        }
    }

    /// <summary>
    /// Watches for created, deleted and renamed folders, with one watcher for all runs. Returns null if the system provides no
    /// watcher; the scan once a second then suffices.
    /// </summary>
    private FileSystemWatcher? Watch()
    {
        try
        {
            var watcher = new FileSystemWatcher(_home.Runs) { NotifyFilter = NotifyFilters.DirectoryName };
            watcher.Created += (_, _) => ScanSoon();
            watcher.Deleted += (_, _) => ScanSoon();
            watcher.Renamed += (_, _) => ScanSoon();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.LogInformation(e, "{Folder} cannot be watched and is polled.", _home.Runs);
            return null;
        }
    }

    private void ScanSoon()
    {
        _mustScan = true;
        Wake();
    }

    private void Wake()
    {
        try
        {
            _wake.Set();
        }
        catch (ObjectDisposedException)
        {
            // A run ended after the studio was disposed; the next studio reads its events.
        }
    }

    private void Work()
    {
        long lastRead = 0, lastScan = 0;
        while (!_isStopping)
        {
            if (_mustScan || lastScan == 0 || _time.GetElapsedTime(lastScan) >= ScanInterval)
            {
                _mustScan = false;
                lastScan = lastRead = _time.GetTimestamp();
                TryScan();
                ReadAll(_history.ListRuns(includeDeleted: true));
            }
            else if (_time.GetElapsedTime(lastRead) >= ReadInterval)
            {
                lastRead = _time.GetTimestamp();
                ReadAll(_history.ListRuns(includeDeleted: true).Where(run => run.State.IsActive()));
            }

            ReadPoked();
            CatchUp();
            if (_reader.Behind.Count == 0)
            {
                _reader.HasStarted = true;
                _ready.TrySetResult();
                _wake.WaitOne(ReadInterval);
            }
        }
    }

    private void ReadAll(IEnumerable<RunSummary> runs)
    {
        foreach (RunSummary run in runs.Where(run => !_reader.Behind.Contains(run.Id)).TakeWhile(_ => !_isStopping))
        {
            Read(run.Id, mayHaveDied: true);
            ReadPoked(); // reading many large runs takes minutes; runs of this process must not wait
        }
    }

    private void ReadPoked()
    {
        foreach (string runId in _poked.Keys)
        {
            _poked.TryRemove(runId, out _);
            Read(runId, mayHaveDied: false);
        }
    }

    /// <summary>Continues reading the files that are not fully read, within a time limit.</summary>
    private void CatchUp()
    {
        long start = Stopwatch.GetTimestamp();
        foreach (string runId in _reader.Behind.ToArray().TakeWhile(_ => !_isStopping && Stopwatch.GetElapsedTime(start) < ReadInterval))
        {
            Read(runId, mayHaveDied: true);
        }
    }

    /// <summary>Reads one run; an exception is recorded for that run and does not affect the others.</summary>
    private void Read(string runId, bool mayHaveDied)
    {
        try
        {
            lock (_reading)
            {
                _reader.Read(runId, mayHaveDied);
            }
        }
        catch (Exception e)
        {
            _reader.Fail(runId, e);
        }
    }

    private void TryScan()
    {
        try
        {
            Scan();
            _hasScanFailed = false;
        }
        catch (Exception e)
        {
            _log.Log(
                _hasScanFailed ? LogLevel.Debug : LogLevel.Warning, "{Folder} cannot be read now ({Why}); retrying.", _home.Runs,
                e.Message.TrimEnd('.'));
            _hasScanFailed = true;
        }
    }

    /// <summary>Adds runs for new folders and removes the runs whose folders no longer exist.</summary>
    private void Scan()
    {
        HashSet<string> there = [.. Directory.EnumerateDirectories(_home.Runs).Select(path => Path.GetFileName(path)!)];
        List<UnreadableRun> unreadable = [];
        foreach (string id in there.Where(id => _history.Find(id) is null).Order(StringComparer.Ordinal).TakeWhile(_ => !_isStopping))
        {
            try
            {
                if (FoundRun.Read(Path.Combine(_home.Runs, id)) is { } run)
                {
                    _history.Add(run);
                }
            }
            catch (InputException e)
            {
                unreadable.Add(new(id, e.Message));
            }
        }

        if (_isStopping)
        {
            return;
        }

        _history.SetUnreadable(unreadable);
        foreach (RunSummary gone in _history.ListRuns(includeDeleted: true)
            .Where(run => !there.Contains(run.Id) && !Directory.Exists(Path.Combine(_home.Runs, run.Id)))) // launched during this scan
        {
            _reader.Leave(gone.Id);
            _history.Remove(gone.Id);
        }
    }
}
