using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;

namespace DistillStudio.Notices;

/// <summary>Finds the studies decided since the last check. Reads files.</summary>
internal sealed class DecidedStudies(StudyReader reader, ILogger<DecidedStudies> log)
{
    private readonly HashSet<string> _decided = [];

    /// <summary>Records the studies that are already decided.</summary>
    public void Begin() => _decided.UnionWith((Read() ?? []).Select(entry => entry.Study.Id));

    /// <summary>Returns a notice for each study decided since the last check.</summary>
    public IReadOnlyList<Notice> Decided(DateTimeOffset now)
    {
        if (Read() is not { } decided)
        {
            return [];
        }

        Notice[] notices = [.. decided.Where(entry => !_decided.Contains(entry.Study.Id)).Select(entry => Of(entry, now))];
        _decided.Clear(); // a study that was given more seeds is open again
        _decided.UnionWith(decided.Select(entry => entry.Study.Id));
        return notices;
    }

    private static Notice Of(StudyEntry entry, DateTimeOffset now)
    {
        Study study = entry.Study;
        return new(
            $"{study.Id}/{entry.Progress!.Runs.Count}", NoticeKind.StudyDecided, $"{study.Name} is decided", TextOf(entry.Progress!),
            $"studies/{Uri.EscapeDataString(study.Id)}", now);
    }

    private static string TextOf(StudyProgress progress)
    {
        string[] sentences = progress.Decisions.Count > 0
            ? [.. progress.Decisions.Select(decision => $"{progress.Grid.Cells[decision.Cell].Title}: {decision.FullText}.")]
            : [.. StudyResult.Of(progress).Verdicts.SelectMany(verdict => verdict.Sentences)];
        string runs = $"{progress.Count(StudyRunState.Finished)} of {progress.Runs.Count} runs finished.";
        return string.Join(' ', sentences.Append(runs));
    }

    /// <summary>Returns the decided studies; null if they cannot be read now.</summary>
    private StudyEntry[]? Read()
    {
        try
        {
            return [.. reader.List().Studies.Where(IsDecided)];
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            log.LogWarning("Studies cannot be read for notices: {Why}", e.Message);
            return null;
        }
    }

    private static bool IsDecided(StudyEntry entry) =>
        entry.IsDone || (entry.Progress is { Decisions: { Count: > 0 } decisions } && decisions.All(d => d.Kind != DecisionKind.Open));
}
