using System.Collections.Concurrent;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// The one way by which anything of a run reaches history: it follows the event files under <c>runs/</c>, whoever writes them, this process or a terminal.
/// Runs of this process poke it after each event; the others are looked at four times a second.
/// </summary>
public sealed class RunFollower : IHostedService, IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ScanInterval = TimeSpan.FromSeconds(1);

    private readonly StudioHome _home;
    private readonly RunHistory _history;
    private readonly ActiveRuns _active;
    private readonly TimeProvider _time;
    private readonly ILogger<RunFollower> _log;
    private readonly ConcurrentDictionary<string, bool> _poked = [];
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FileSystemWatcher? _watcher;
    private Thread? _thread;
    private volatile bool _mustScan = true;
    private volatile bool _isStopping;

    public RunFollower(StudioHome home, RunHistory history, ActiveRuns active, TimeProvider time, ILogger<RunFollower> log) =>
        (_home, _history, _active, _time, _log) = (home, history, active, time, log);

    /// <summary>
    /// A run was found interrupted, all its events read: once for each that is so at the start, then for each whose process is found to be gone.
    /// Raised on the thread that looks, for those of the start before <see cref="Ready"/>.
    /// </summary>
    public event Action<string>? Orphaned;

    /// <summary>Completes once all folders have been looked at.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The run's event file has grown: read it now.</summary>
    public void Poke(string runId)
    {
        if (_poked.TryAdd(runId, true))
        {
            Wake();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_home.Runs);
        _watcher = Watch();
        _thread = new Thread(Work) { Name = "run folders", IsBackground = true };
        _thread.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        Wake();
        _thread?.Join();
        return Task.CompletedTask;
    }

    /// <summary>Also where the host was never stopped, and more than once: the container holds it under two names.</summary>
    public void Dispose()
    {
        _watcher?.Dispose();
        _isStopping = true;
        Wake();
        _thread?.Join();
        _wake.Dispose();
    }

    /// <summary>Only folders that come and go: one watch however many runs there are. Where the system has none to give, looking once a second does.</summary>
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
        catch (IOException e)
        {
            _log.LogInformation(e, "{Folder} is not watched but looked at.", _home.Runs);
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
            // A run still ends while the studio is gone already: the next one reads what it wrote.
        }
    }

    private void Work()
    {
        long looked = 0, scanned = 0;
        while (!_isStopping)
        {
            if (_mustScan || scanned == 0 || _time.GetElapsedTime(scanned) >= ScanInterval)
            {
                _mustScan = false;
                scanned = looked = _time.GetTimestamp();
                Guard(Scan);
                foreach (RunSummary run in _history.ListRuns(includeDeleted: true))
                {
                    Guard(() => Look(run.Id, mayBeGone: true));
                }

                _ready.TrySetResult();
            }
            else if (_time.GetElapsedTime(looked) >= LookInterval)
            {
                looked = _time.GetTimestamp();
                foreach (RunSummary run in _history.ListRuns(includeDeleted: true).Where(run => run.State.IsActive()))
                {
                    Guard(() => Look(run.Id, mayBeGone: true));
                }
            }

            foreach (string runId in _poked.Keys)
            {
                _poked.TryRemove(runId, out _);
                Guard(() => Look(runId, mayBeGone: false));
            }

            _wake.WaitOne(LookInterval);
        }
    }

    private void Guard(Action look)
    {
        try
        {
            look();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            _log.LogDebug(e, "A run's folder could not be read now.");
        }
    }

    /// <summary>Takes up folders that came and drops those that went.</summary>
    private void Scan()
    {
        HashSet<string> there = [.. Directory.EnumerateDirectories(_home.Runs).Select(path => Path.GetFileName(path)!)];
        List<UnreadableRun> unreadable = [];
        foreach (string id in there.Where(id => _history.Find(id) is null).Order(StringComparer.Ordinal))
        {
            try
            {
                TakeUp(Path.Combine(_home.Runs, id));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
            {
                unreadable.Add(new(id, e is InputException ? e.Message : $"{Path.Combine(_home.Runs, id)} cannot be read: {e.Message.TrimEnd('.')}; make it readable."));
            }
        }

        _history.SetUnreadable(unreadable);
        foreach (RunSummary gone in _history.ListRuns(includeDeleted: true).Where(run => !there.Contains(run.Id)))
        {
            _history.Remove(gone.Id);
        }
    }

    /// <summary>A folder without events and without a sidecar is none of ours: a run that keeps no log, or one being made.</summary>
    private void TakeUp(string path)
    {
        RunSidecar? sidecar = RunSidecar.Read(path);
        bool hasEvents = File.Exists(Path.Combine(path, "events.jsonl"));
        if (!hasEvents && sidecar is null)
        {
            return;
        }

        if (Links.FirstIn(path) is { } link)
        {
            throw new InputException($"{link} is a link, which can lead out of the home; put what it points to in its place.");
        }

        RunFolder folder = RunFolder.Open(path);
        var run = new RunSummary
        {
            Id = folder.Id,
            Folder = folder.Path,
            Spec = folder.ReadSpec(),
            State = sidecar?.QueueOrder is not null ? RunState.Queued : RunState.Running,
            CreatedAt = new DateTimeOffset(File.GetLastWriteTimeUtc(folder.SpecPath), TimeSpan.Zero),
        };
        _history.Add(sidecar?.ApplyTo(run) ?? run);
    }

    /// <param name="mayBeGone">Ask whether the writing process still lives.</param>
    private void Look(string runId, bool mayBeGone)
    {
        if (_history.Find(runId) is not { } run || run.State == RunState.Queued)
        {
            return;
        }

        // Asked before the file is read: what a process wrote until it let go is then read before its end is concluded.
        bool isGone = mayBeGone && run.State.IsActive() && !_active.IsClaimed(runId) && !RunLock.IsHeld(run.Folder);
        ReadEvents(run);
        if (isGone && _history.Find(runId)?.State.IsActive() == true)
        {
            _history.Edit(runId, now => now.State.IsActive() ? now with { State = RunState.Interrupted, EndedAt = now.LastTime } : now);
            Orphaned?.Invoke(runId);
        }
        else if (!_ready.Task.IsCompleted && run.State == RunState.Interrupted)
        {
            Orphaned?.Invoke(runId);
        }
    }

    private void ReadEvents(RunSummary run)
    {
        var file = new FileInfo(Path.Combine(run.Folder, "events.jsonl"));
        if (!file.Exists || (!run.State.IsActive() && file.Length == _history.BookmarkOf(run.Id).Offset))
        {
            return;
        }

        while (!_isStopping)
        {
            Bookmark from = _history.BookmarkOf(run.Id);
            if (EventFileReader.Read(file.FullName, from) is not { } read)
            {
                _history.Rewind(run.Id);
                continue;
            }

            if (read.Bookmark == from)
            {
                return;
            }

            _history.Append(run.Id, read.Events, read.Bookmark);
            if (_history.BookmarkOf(run.Id) == from)
            {
                return; // history cannot take it now; it will be read again
            }
        }
    }
}
