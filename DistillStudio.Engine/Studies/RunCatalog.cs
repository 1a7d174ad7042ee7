using System.Collections.Concurrent;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>Finds the runs of a home by their settings. Thread-safe; what has ended is read once.</summary>
/// <param name="home">Its runs are searched.</param>
/// <param name="isHidden">Returns true for the folder of a run that a user has deleted and that is not removed yet.</param>
public sealed class RunCatalog(StudioHome home, Func<string, bool> isHidden)
{
    private readonly ConcurrentDictionary<string, Known> _known = [];

    /// <param name="Stamp">Of the settings' file.</param>
    /// <param name="EventsStamp">Of the event file, when the facts were read; null before that.</param>
    private sealed record Known(Stamp Stamp, string Key, RecordedRun Facts, Stamp? EventsStamp);

    private readonly record struct Stamp(long Length, DateTime Changed);

    /// <summary>Returns the run to use for each key; a key without a run is absent.</summary>
    public IReadOnlyDictionary<string, RecordedRun> Find(IReadOnlySet<string> keys) => Folders()
        .Select(Look)
        .OfType<Known>()
        .Where(known => keys.Contains(known.Key) && !isHidden(known.Facts.Folder))
        .Select(known => (known.Key, Facts: Read(known)))
        .GroupBy(found => found.Key, found => found.Facts)
        .ToDictionary(same => same.Key, Best);

    /// <summary>Returns the finished runs, with their facts.</summary>
    public IEnumerable<RecordedRun> Finished() => Folders().Select(Look).OfType<Known>().Select(Read).Where(facts => facts.Stage == RunStage.Finished);

    /// <summary>
    /// Returns the run to use of several with the same settings: the first that finished, so that nobody chooses among results; else the one that
    /// is furthest.
    /// </summary>
    private static RecordedRun Best(IEnumerable<RecordedRun> same) => same
        .OrderBy(facts => facts.Stage switch
        {
            RunStage.Finished => 0,
            RunStage.Active => 1,
            RunStage.Interrupted => 2,
            RunStage.Waiting => 3,
            RunStage.Failed => 4,
            _ => 5,
        })
        .ThenByDescending(facts => facts.Stage == RunStage.Finished ? 0 : facts.Step)
        .ThenBy(facts => facts.Id, StringComparer.Ordinal)
        .First();

    private string[] Folders()
    {
        try
        {
            return Directory.GetDirectories(home.Runs);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{home.Runs} cannot be read ({e.Message.TrimEnd('.')}); make it a folder that can be read.", e);
        }
    }

    /// <summary>Returns null for a folder that holds no run, or one whose settings cannot be read.</summary>
    private Known? Look(string folder)
    {
        Stamp stamp = StampOf(Path.Combine(folder, RunFolder.SpecName));
        if (_known.TryGetValue(folder, out Known? known) && known.Stamp == stamp)
        {
            return known;
        }

        try
        {
            RunFolder run = RunFolder.Open(folder);
            RunSpec spec = run.ReadSpec();
            return _known[folder] = new Known(stamp, RunKey.Of(spec, home), new RecordedRun { Id = run.Id, Folder = run.Path, Spec = spec }, null);
        }
        catch (InputException)
        {
            return null; // the table of runs names it
        }
    }

    private RecordedRun Read(Known known)
    {
        Stamp stamp = StampOf(Path.Combine(known.Facts.Folder, RunFolder.EventsName));
        if (known.EventsStamp == stamp && known.Facts.Stage is RunStage.Finished)
        {
            return known.Facts;
        }

        var facts = RecordedRun.Read(known.Facts.Folder, known.Facts.Spec);
        _known[known.Facts.Folder] = known with { Facts = facts, EventsStamp = stamp };
        return facts;
    }

    private static Stamp StampOf(string path) => new FileInfo(path) is { Exists: true } file ? new(file.Length, file.LastWriteTimeUtc) : default;
}
