using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Reads runs from their folders, without the database, so that commands work whether or not a studio has the home open. Runs that were
/// deleted in the studio are left out.
/// </summary>
internal sealed class RunArchive(StudioHome home)
{
    private const int MostNamed = 5;

    /// <summary>Returns the home's runs, newest first.</summary>
    /// <param name="addProblem">Receives a sentence for each folder that cannot be read.</param>
    /// <param name="isWanted">Decides by a run's settings whether its events are read; null for all.</param>
    public IReadOnlyList<RunSummary> List(Action<string> addProblem, Func<RunSummary, bool>? isWanted = null) =>
    [
        .. Found(addProblem)
            .Where(found => isWanted?.Invoke(found) ?? true)
            .Select(found => Try(() => ReadEvents(found, _ => { }, addProblem), addProblem))
            .OfType<RunSummary>()
            .OrderByDescending(run => run.CreatedAt)
            .ThenByDescending(run => run.Id, StringComparer.Ordinal),
    ];

    /// <summary>Returns the run that the user means: an id, the start of one id, a name, or a folder, also outside the home.</summary>
    /// <param name="word">What the user gave.</param>
    /// <param name="addRemark">Receives a sentence on lines of its events that cannot be read.</param>
    /// <exception cref="InputException">There is no such run, several are meant, or its files cannot be read.</exception>
    public RunSummary Find(string word, Action<string>? addRemark = null) => ReadEvents(Locate(word), _ => { }, addRemark);

    /// <summary>Finds several runs as <see cref="Find"/> does; one that is named twice is returned once.</summary>
    /// <param name="words">What the user gave.</param>
    /// <param name="addRemark">As for <see cref="Find"/>.</param>
    /// <exception cref="InputException">Lists the problems of all words.</exception>
    public IReadOnlyList<RunSummary> FindAll(IEnumerable<string> words, Action<string>? addRemark = null)
    {
        List<string> problems = [], remarks = [];
        RunSummary[] runs =
            [.. words.Select(word => Try(() => Find(word, remarks.Add), problems.Add)).OfType<RunSummary>().DistinctBy(run => run.Folder)];
        if (addRemark is not null)
        {
            remarks.Distinct().ToList().ForEach(addRemark);
        }

        return problems.Count == 0 ? runs : throw new InputException([.. problems]);
    }

    /// <summary>Finds runs as <see cref="FindAll"/> does, for callers that distinguish them by their ids.</summary>
    /// <param name="words">What the user gave.</param>
    /// <param name="addRemark">As for <see cref="Find"/>.</param>
    /// <exception cref="InputException">As for <see cref="FindAll"/>, or two folders have the same name.</exception>
    public IReadOnlyList<RunSummary> FindDistinct(IEnumerable<string> words, Action<string>? addRemark = null)
    {
        IReadOnlyList<RunSummary> runs = FindAll(words, addRemark);
        return runs.CountBy(run => run.Id).FirstOrDefault(ids => ids.Value > 1) is { Key: { } twice }
            ? throw new InputException(
                $"Two of the folders are called {twice}; runs are distinguished by this name, so copy one of them to a folder of another "
                    + $"name.")
            : runs;
    }

    /// <summary>Reads a run's events in order.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static IEnumerable<RunEvent> Events(RunSummary run) => Events(run, null);

    private static IEnumerable<RunEvent> Events(RunSummary run, Action<UnreadableLine>? skipped)
    {
        string path = Path.Combine(run.Folder, RunFolder.EventsName);
        return Path.Exists(path) ? Guarded(path, skipped) : [];
    }

    private static IEnumerable<RunEvent> Guarded(string path, Action<UnreadableLine>? skipped)
    {
        using IEnumerator<RunEvent> events = EventLine.ReadAll(path, skipped).GetEnumerator();
        while (true)
        {
            try
            {
                if (!events.MoveNext())
                {
                    yield break;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"{path} cannot be read: {e.Message.TrimEnd('.')}; put the run's event file back in its "
                    + $"place.", e);
            }

            yield return events.Current;
        }
    }

    /// <summary>Adds what the events tell to the summary of a found folder.</summary>
    /// <param name="found">A run as its folder's settings describe it.</param>
    /// <param name="observe">Receives each event.</param>
    /// <param name="addRemark">Receives a sentence on lines that cannot be read; a last one may be unfinished.</param>
    public static RunSummary ReadEvents(RunSummary found, Action<RunEvent> observe, Action<string>? addRemark = null)
    {
        List<UnreadableLine> skipped = [];
        bool isQueued = found.QueueOrder is not null;
        // asked before the events are read: those written until the lock was released are then all there
        bool isHeld = RunLock.IsHeld(found.Folder);
        RunSummary run = found;
        foreach (RunEvent happened in Events(found, skipped.Add))
        {
            run = RunSummaryReducer.Apply(run, happened);
            observe(happened);
        }

        if (skipped.FindAll(line => !line.IsUnfinished) is [{ Number: var first }, ..] lines)
        {
            run = run with { UnreadableLines = lines.Count };
            addRemark?.Invoke($"{run.Id}: {RecordGaps.Remark(lines.Count, first)}");
        }

        return isHeld ? run with { State = run.State.IsActive() ? run.State : RunState.Running, QueueOrder = null }
            : found.Placement is { Job: { IsOver: false } job } ? OnCluster(run, job)
            : run is { Placement: not null, State: RunState.Paused } ? run
            : isQueued ? run with { State = RunState.Queued, QueueOrder = found.QueueOrder }
            : run.State.HasEnded() ? run
            : run with { State = RunState.Interrupted, EndedAt = run.LastTime };
    }

    /// <summary>Returns the run with the state that its events tell; those before its job are of an earlier one.</summary>
    private static RunSummary OnCluster(RunSummary run, PlacedJob job) =>
        run.LastTime is not { } last || last < job.At ? run with { State = RunState.Queued }
        : run.State.HasEnded() ? run
        : run with { State = RunState.Running };

    private RunSummary Locate(string word)
    {
        if (AsFolder(word) is { } folder)
        {
            return FoundRun.Read(folder)
                ?? throw new InputException($"{word} is no run's folder: it holds no events; name a folder under runs/.");
        }

        RunSummary[] runs = [.. Found(_ => { })];
        return Only(word, runs.Where(run => run.Id == word), "")
            ?? Only(word, runs.Where(run => NameOf(run) == word), "is the name of")
            ?? Only(word, runs.Where(run => word.Length > 0 && run.Id.StartsWith(word, StringComparison.Ordinal)), "is the start of")
            ?? throw new InputException(WhyNone(word));
    }

    /// <summary>Returns the full path of a folder the word names; null if it rather is an id or a name.</summary>
    private static string? AsFolder(string word)
    {
        if (word.Length == 0 || word.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        string path = UserPath.Expand(word);
        bool isPath = path.AsSpan().IndexOfAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar) >= 0;
        return isPath || (Directory.Exists(path) && RunFolder.IsOne(path))
            ? RunFolder.Open(Path.TrimEndingDirectorySeparator(path)).Path
            : null;
    }

    private static string? NameOf(RunSummary run) => run.Name ?? run.Spec.Name;

    private static RunSummary? Only(string word, IEnumerable<RunSummary> matches, string relation)
    {
        RunSummary[] runs = [.. matches];
        return runs.Length <= 1
            ? runs.FirstOrDefault()
            : throw new InputException(
                $"{word} {relation} {runs.Length} runs "
                    + $"({string.Join(", ", runs.Take(MostNamed).Select(run => run.Id))}{(runs.Length > MostNamed ? ", …" : "")}); "
                    + $"give one of these ids.");
    }

    private string WhyNone(string word)
    {
        string path = Path.Combine(home.Runs, word);
        string? why = null;
        bool isThere = word.Length > 0 && Directory.Exists(path);
        RunSummary? run = isThere ? Try(() => FoundRun.Read(path), problem => why ??= problem) : null;
        return why ?? (run?.DeletedAt is not null
            ? $"The run {word} was deleted in the studio; it can be restored there for ten minutes."
            : $"There is no run \"{word}\" in {home.Runs}; `runs list` shows those that are there.");
    }

    private IEnumerable<RunSummary> Found(Action<string> addProblem) => Directory.Exists(home.Runs)
        ? Directory.EnumerateDirectories(home.Runs)
            .Order(StringComparer.Ordinal)
            .Select(path => Try(() => FoundRun.Read(path), addProblem))
            .OfType<RunSummary>()
            .Where(run => run.DeletedAt is null)
        : [];

    private static RunSummary? Try(Func<RunSummary?> read, Action<string> addProblem)
    {
        try
        {
            return read();
        }
        catch (InputException e)
        {
            foreach (string problem in e.Problems)
            {
                addProblem(problem);
            }

            return null;
        }
    }
}
