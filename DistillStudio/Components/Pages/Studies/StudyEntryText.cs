using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Components.Pages.Studies;

/// <summary>Display text of studies.</summary>
internal static class StudyEntryText
{
    /// <summary>Margins that forms offer; null for the usual one, or none.</summary>
    public static IReadOnlyList<double?> Margins { get; } = [null, 0.005, 0.01, 0.02, 0.03, 0.05];

    /// <summary>Returns a margin in words.</summary>
    /// <param name="margin">Null for the usual one of a verdict; a sequential study then does not ask.</param>
    public static string Margin(double? margin, bool isSequential) => margin is { } within ? VerdictText.Margin(within)
        : isSequential ? "Not asked"
        : $"{VerdictText.Margin(Verdict.UsualMargin)}, as usual";

    /// <summary>Returns what the studio does with the study: <c>running</c>, <c>paused</c>, <c>complete</c> or <c>stopped</c>;
    /// or that another process works on it.</summary>
    public static string State(StudyEntry entry) => entry switch
    {
        { Problem: not null } => "unreadable",
        { IsDone: true } => "complete",
        { IsElsewhere: true } => "run elsewhere",
        { Study.Queue: StudyQueue.On } => "running",
        { Study.Queue: StudyQueue.Paused } => "paused",
        _ when entry.States.Any(state => state?.IsActive() == true) => "running",
        _ => "stopped",
    };

    /// <summary>Returns how many runs there are of each kind: <c>12 of 30 runs finished, 1 running, 2 queued</c>.</summary>
    public static string Counts(StudyEntry entry)
    {
        int dropped = entry.Progress?.Count(StudyRunState.Dropped) ?? 0;
        IEnumerable<string> others =
            from other in new[]
            {
                (Count: entry.States.Count(state => state?.IsActive() == true), Word: "running"),
                (Count: entry.Count(RunState.Queued), Word: "queued"),
                (Count: entry.Count(RunState.Interrupted), Word: "interrupted"),
                (Count: entry.Count(RunState.Failed), Word: "failed"),
                (Count: entry.Count(RunState.Cancelled), Word: "cancelled"),
                (Count: dropped, Word: "not needed"),
            }
            where other.Count > 0
            select $", {Format.Count(other.Count)} {other.Word}";
        return $"{Format.Count(entry.Count(RunState.Finished))} of {Format.Plural(entry.States.Count, "run")} "
            + $"finished{string.Concat(others)}";
    }

    /// <summary>Returns the size of the grid: <c>2 cells × 5 seeds on demo</c>.</summary>
    public static string Size(StudyEntry entry)
    {
        Study study = entry.Study;
        string seeds =
            study.IsSequential ? $"up to {Format.Plural(study.PlannedSeeds.Count, "seed")}" : Format.Plural(study.Seeds.Count, "seed");
        string cells = entry.Progress is { } progress ? $"{Format.Plural(progress.Grid.Cells.Count, "cell")} × " : "";
        return $"{cells}{seeds} on {study.Base.Dataset}";
    }
}
