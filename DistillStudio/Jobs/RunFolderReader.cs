using System.Collections.Concurrent;
using System.Diagnostics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Reads a run's event file into history, checks whether its process is alive, and reports files that cannot be read. Used on the
/// event ingester's thread, except where a member states otherwise.
/// </summary>
internal sealed class RunFolderReader(RunHistory history, ActiveRuns active, ILogger log)
{
    /// <summary>Time limit for one read of a run, so that a long file does not delay the others.</summary>
    private static readonly TimeSpan ReadTime = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, long> _elsewhere = []; // runs resumed elsewhere, with their last event number then
    private readonly HashSet<string> _unreadable = [];
    private readonly HashSet<string> _found = []; // found interrupted at startup and already reported
    private volatile bool _isStopping;

    /// <inheritdoc cref="EventIngester.Orphaned"/>
    public event Action<string>? Orphaned;

    /// <summary>Runs whose event files are not fully read yet.</summary>
    public HashSet<string> Behind { get; } = [];

    /// <summary>True once all folders have been read once.</summary>
    public bool HasStarted { get; set; }

    /// <summary>Ends a read in progress early. Thread-safe.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>
    /// Marks a run that another process is training, such as a terminal that resumed it, as running and follows it. If that process
    /// ends without writing an event, the run's previous state is restored. Thread-safe.
    /// </summary>
    public void FollowElsewhere(string runId)
    {
        RunSummary? before = history.Find(runId);
        if (history.Edit(runId, AsRunning) is not { } run)
        {
            return;
        }

        _elsewhere[runId] = run.LastNumber;
        if (before?.State == RunState.Queued)
        {
            SaveSidecar(run);
        }
    }

    /// <summary>Reads new events of a run.</summary>
    /// <param name="runId">Id of the run.</param>
    /// <param name="mayHaveDied">Whether to check that the writing process is still alive.</param>
    public void Read(string runId, bool mayHaveDied)
    {
        if (history.Find(runId) is not { } run)
        {
            return;
        }

        // Checked before the file is read, so that everything written before the lock was released is read before the run is
        // considered ended.
        bool isChecked = mayHaveDied && !active.IsClaimed(runId) && run.Placement is not { IsLive: true } // that is the cluster's word
            && (!run.State.HasEnded() || (!HasStarted && run.State == RunState.Interrupted));
        bool isElsewhere = false;
        string? problem = null;
        try
        {
            // A problem stays as long as its cause, which may be the lock of a run that has ended meanwhile.
            isElsewhere = (isChecked || _unreadable.Contains(runId)) && RunLock.IsHeld(run.Folder);
        }
        catch (InputException e)
        {
            problem = e.Message; // no process can hold the lock
        }

        if (isElsewhere && run.State is RunState.Queued or RunState.Interrupted)
        {
            FollowElsewhere(runId);
        }
        else if (run.State == RunState.Queued && run.Placement is not { IsLive: true })
        {
            return;
        }

        problem = ReadEvents(run) ?? problem;
        if (isChecked && !isElsewhere && !Behind.Contains(runId))
        {
            ConcludeEnd(runId);
        }

        if (problem is not null)
        {
            Name(runId, problem);
        }
        else if (_unreadable.Remove(runId) || history.Find(runId)?.State != RunState.Interrupted)
        {
            history.SetProblem(runId, null);
        }
    }

    /// <summary>Reads no further in a run.</summary>
    public void Leave(string runId)
    {
        Behind.Remove(runId);
        history.SetBehind(Behind.Count);
    }

    /// <summary>Records that reading a run failed with an unexpected exception.</summary>
    public void Fail(string runId, Exception e)
    {
        Leave(runId);
        if (!_isStopping && history.Find(runId) is { } run)
        {
            log.LogDebug(e, "Run {Run} could not be read.", runId);
            Name(runId, $"{run.Folder} cannot be read: {e.Message.TrimEnd('.')}; make it readable.");
        }
    }

    /// <summary>Reports the problem in the table of runs and logs it once.</summary>
    private void Name(string runId, string problem)
    {
        _unreadable.Add(runId);
        if (history.SetProblem(runId, problem))
        {
            log.LogWarning("{Problem}", problem);
        }
    }

    /// <summary>Marks the run as interrupted: no process holds it, and all its events have been read.</summary>
    private void ConcludeEnd(string runId)
    {
        if (history.Find(runId) is not { } run)
        {
            return;
        }

        if (run is { Placement: not null, State: RunState.Paused } or { Placement.IsLive: true })
        {
            return; // a run that is paused on a cluster needs no process
        }

        if (run.State.IsActive())
        {
            if (_elsewhere.TryRemove(runId, out long before) && before == run.LastNumber)
            {
                history.Rewind(runId); // that process wrote no event: the state is rebuilt from the events
                return;
            }

            history.Edit(runId, now => now.State.IsActive() ? now with { State = RunState.Interrupted, EndedAt = now.LastTime } : now);
            Orphaned?.Invoke(runId);
        }
        else if (!HasStarted && run.State == RunState.Interrupted && _found.Add(runId))
        {
            Orphaned?.Invoke(runId);
        }
    }

    /// <summary>Reads events within the time limit; returns null on success, otherwise the problem.</summary>
    private string? ReadEvents(RunSummary run)
    {
        string path = Path.Combine(run.Folder, "events.jsonl");
        bool isBehind = false;
        try
        {
            isBehind = !ReadEvents(run, path);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // removed concurrently; the next scan detects it
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be read: {e.Message.TrimEnd('.')}; restore the run's event file.";
        }
        finally
        {
            _ = isBehind ? Behind.Add(run.Id) : Behind.Remove(run.Id);
            history.SetBehind(Behind.Count);
        }
    }

    /// <returns>False if the time limit was reached before the end of the file.</returns>
    private bool ReadEvents(RunSummary run, string path)
    {
        if (!Path.Exists(path))
        {
            return true;
        }

        PlainFile.RequirePlain(path, RunFolder.MaxEventsBytes);
        if (!run.State.IsActive() && new FileInfo(path).Length == history.BookmarkOf(run.Id).Offset)
        {
            return true;
        }

        for (long start = Stopwatch.GetTimestamp(); !_isStopping && Stopwatch.GetElapsedTime(start) < ReadTime;)
        {
            Bookmark from = history.BookmarkOf(run.Id);
            int skipped = 0;
            if (EventFileReader.Read(path, from, () => skipped++) is not { } read)
            {
                history.Rewind(run.Id);
                continue;
            }

            if (read.Bookmark == from)
            {
                return true;
            }

            history.Append(run.Id, read.Events, read.Bookmark, skipped);
            if (skipped > 0)
            {
                log.LogWarning(
                    "{Path} has {Count} more lines without an event that can be read; what they recorded is missing in the studio. "
                        + "`runs verify {Run}` lists them.", path, skipped, run.Id);
            }

            if (history.BookmarkOf(run.Id) == from)
            {
                return true; // history did not accept the events; they will be read again
            }

            history.WaitForSpace(() => _isStopping);
        }

        return false;
    }

    /// <summary>Writes the sidecar, so that the run is not queued again if the database is lost.</summary>
    private void SaveSidecar(RunSummary run)
    {
        try
        {
            RunSidecar.Of(run).Write(run.Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning(e, "{Folder} cannot be written.", run.Folder);
        }
    }

    private static RunSummary AsRunning(RunSummary run) =>
        run with { State = RunState.Running, QueueOrder = null, EndedAt = null, Failure = null };
}
