using System.Collections.Concurrent;
using System.Diagnostics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>
/// Finds the runs of a home by their settings. Thread-safe. Event files are read again only if they changed, and that of a run under
/// way at intervals: it may be large, and grows all the time.
/// </summary>
/// <param name="home">Its runs are searched.</param>
/// <param name="isHidden">Returns true for the folder of a run that a user has deleted and that is not removed yet.</param>
public sealed class RunCatalog(StudioHome home, Func<string, bool> isHidden)
{
    /// <summary>Time after which the event file of a run under way is read again.</summary>
    public static readonly TimeSpan ActiveInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Known> _known = [];
    private readonly PresentInputs _inputs = new(home);

    /// <param name="Stamp">Of the settings' file.</param>
    /// <param name="EventsStamp">Of the event file, when the facts were read; null before that.</param>
    /// <param name="ReadAt">Timestamp of that reading.</param>
    private sealed record Known(Stamp Stamp, string Key, RecordedRun Facts, Stamp? EventsStamp, long ReadAt);

    private readonly record struct Stamp(long Length, DateTime Changed);

    /// <summary>
    /// Returns the run to use for each key; a key without a run is absent. A run is not used if it began from other data or another
    /// model than the home now holds under the same names.
    /// </summary>
    public FoundRuns Find(IReadOnlySet<string> keys)
    {
        ILookup<bool, (string Key, RecordedRun Facts)> found = Folders()
            .Select(Look)
            .OfType<Known>()
            .Where(known => keys.Contains(known.Key) && !isHidden(known.Facts.Folder))
            .Select(known => (known.Key, Facts: Read(known)))
            .ToLookup(found => _inputs.AreOf(found.Facts.Run));
        return new(
            found[true].GroupBy(run => run.Key, run => run.Facts).ToDictionary(same => same.Key, Best),
            [.. found[false].Select(run => run.Facts)]);
    }

    /// <summary>Returns the finished runs, with their facts.</summary>
    public IEnumerable<RecordedRun> Finished() =>
        Folders().Select(Look).OfType<Known>().Select(Read).Where(facts => facts.Stage == RunStage.Finished);

    /// <summary>
    /// Returns the run to use of several with the same settings: the first that finished, so that nobody chooses among results; else
    /// the one that is furthest.
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
            return _known[folder] = new Known(stamp, RunKey.Of(spec, home), RecordedRun.Blank(run.Path, spec), null, 0);
        }
        catch (InputException)
        {
            return null; // the table of runs names it
        }
    }

    private RecordedRun Read(Known known)
    {
        // asked first: what was written until the lock was released is then read
        bool isHeld = known.Facts.Stage != RunStage.Finished && IsHeld(known.Facts.Folder);
        Stamp stamp = StampOf(Path.Combine(known.Facts.Folder, RunFolder.EventsName));
        bool isFresh = known.EventsStamp == stamp
            || (isHeld && known.EventsStamp is not null && Stopwatch.GetElapsedTime(known.ReadAt) < ActiveInterval);
        if (!isFresh)
        {
            known = known with
            {
                Facts = RecordedRun.Read(known.Facts.Folder, known.Facts.Spec),
                EventsStamp = stamp,
                ReadAt = Stopwatch.GetTimestamp(),
            };
            _known[known.Facts.Folder] = known;
        }

        return isHeld ? known.Facts with { Stage = RunStage.Active } : known.Facts;
    }

    /// <summary>Returns false if that cannot be determined: no process can hold such a lock.</summary>
    private static bool IsHeld(string folder)
    {
        try
        {
            return RunLock.IsHeld(folder);
        }
        catch (InputException)
        {
            return false;
        }
    }

    private static Stamp StampOf(string path) =>
        new FileInfo(path) is { Exists: true } file ? new(file.Length, file.LastWriteTimeUtc) : default;
}

/// <summary>Runs found by their settings.</summary>
/// <param name="ByKey">The run to use for each key that has one.</param>
/// <param name="OfOtherInputs">Runs that began from other data or another model than the home now holds under the same names.</param>
public sealed record FoundRuns(IReadOnlyDictionary<string, RecordedRun> ByKey, IReadOnlyList<RecordedRun> OfOtherInputs);
