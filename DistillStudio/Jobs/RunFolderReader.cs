using System.Collections.Concurrent;
using System.Diagnostics;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Brings what a run's event file says into history, finds out whether its process lives, and names what cannot be read. Used on the follower's thread,
/// except where a member says otherwise.
/// </summary>
internal sealed class RunFolderReader(RunHistory history, ActiveRuns active, ILogger log)
{
    /// <summary>What one look may take, so that a long file does not keep the others waiting.</summary>
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, long> _elsewhere = []; // runs taken up by other processes, with their last event then
    private readonly HashSet<string> _unreadable = [];
    private readonly HashSet<string> _found = []; // interrupted at the start, and told so
    private volatile bool _isStopping;

    /// <inheritdoc cref="EventIngester.Orphaned"/>
    public event Action<string>? Orphaned;

    /// <summary>Runs whose files hold more than was read of them so far.</summary>
    public HashSet<string> Behind { get; } = [];

    /// <summary>All folders have been looked at once.</summary>
    public bool HasStarted { get; set; }

    /// <summary>Ends a look soon. Any thread may call it.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>
    /// Another process trains the run, such as a terminal that resumed it: from now on it counts as running and is followed. Where that process ends without
    /// an event, the run is again what it was before. Any thread may call it.
    /// </summary>
    public void FollowElsewhere(string runId)
    {
        RunSummary? before = history.Find(runId);
        if (history.Edit(runId, run => run with { State = RunState.Running, QueueOrder = null, EndedAt = null, Failure = null }) is not { } run)
        {
            return;
        }

        _elsewhere[runId] = run.LastNumber;
        if (before?.State == RunState.Queued)
        {
            SaveSidecar(run);
        }
    }

    /// <param name="mayBeGone">Ask whether the writing process still lives.</param>
    public void Look(string runId, bool mayBeGone)
    {
        if (history.Find(runId) is not { } run)
        {
            return;
        }

        // Asked before the file is read: what a process wrote until it let go is then read before its end is concluded.
        bool isAsked = mayBeGone && !active.IsClaimed(runId) && (!run.State.HasEnded() || (!HasStarted && run.State == RunState.Interrupted));
        bool isElsewhere = false;
        string? problem = null;
        try
        {
            isElsewhere = isAsked && RunLock.IsHeld(run.Folder);
        }
        catch (InputException e)
        {
            problem = e.Message; // nobody can hold it
        }

        if (isElsewhere && run.State is RunState.Queued or RunState.Interrupted)
        {
            FollowElsewhere(runId);
        }
        else if (run.State == RunState.Queued)
        {
            return;
        }

        problem = ReadEvents(run) ?? problem;
        if (isAsked && !isElsewhere && !Behind.Contains(runId))
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

    /// <summary>A look ended in an unforeseen way.</summary>
    public void Fail(string runId, Exception e)
    {
        Behind.Remove(runId);
        if (!_isStopping && history.Find(runId) is { } run)
        {
            log.LogDebug(e, "Run {Run} could not be read.", runId);
            Name(runId, $"{run.Folder} cannot be read: {e.Message.TrimEnd('.')}; make it readable.");
        }
    }

    /// <summary>Shows the problem in the table of runs, and logs it once.</summary>
    private void Name(string runId, string problem)
    {
        _unreadable.Add(runId);
        if (history.SetProblem(runId, problem))
        {
            log.LogWarning("{Problem}", problem);
        }
    }

    /// <summary>No process holds the run, and all that was written is read.</summary>
    private void ConcludeEnd(string runId)
    {
        if (history.Find(runId) is not { } run)
        {
            return;
        }

        if (run.State.IsActive())
        {
            if (_elsewhere.TryRemove(runId, out long before) && before == run.LastNumber)
            {
                history.Rewind(runId); // that process left no word: the run is what its events say
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

    /// <summary>Null where the events were read, as far as a look goes; else why not.</summary>
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
            return null; // it went meanwhile, which the next scan finds
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be read: {e.Message.TrimEnd('.')}; put the run's event file back in its place.";
        }
        finally
        {
            _ = isBehind ? Behind.Add(run.Id) : Behind.Remove(run.Id);
        }
    }

    /// <returns>False where there is more than one look may read.</returns>
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

        for (long start = Stopwatch.GetTimestamp(); !_isStopping && Stopwatch.GetElapsedTime(start) < LookTime;)
        {
            Bookmark from = history.BookmarkOf(run.Id);
            if (EventFileReader.Read(path, from) is not { } read)
            {
                history.Rewind(run.Id);
                continue;
            }

            if (read.Bookmark == from)
            {
                return true;
            }

            history.Append(run.Id, read.Events, read.Bookmark);
            if (history.BookmarkOf(run.Id) == from)
            {
                return true; // history cannot take it now; it will be read again
            }

            history.WaitForRoom(() => _isStopping);
        }

        return false;
    }

    /// <summary>So that the run does not wait again where the database is lost.</summary>
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
}
