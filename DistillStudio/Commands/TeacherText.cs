using System.Globalization;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Teachers;
using DistillStudio.Teachers;

namespace DistillStudio.Commands;

/// <summary>Describes teacher jobs as text.</summary>
internal static class TeacherText
{
    /// <summary>Returns the status of a job in one line.</summary>
    public static string Line(TeacherProgress progress)
    {
        string?[] parts =
        [
            progress.Event,
            $"{Format.Count(progress.Answered)} of {Format.Count(progress.Rows)} rows",
            $"{Format.Count(progress.Parsed)} read",
            progress.Agreement is { } agreement ? $"{EventText.Percent(agreement)} agree with the truth" : null,
            progress.Truncated > 0 ? $"{Format.Count(progress.Truncated)} cut" : null,
            progress.Refused > 0 ? $"{Format.Count(progress.Refused)} refused" : null,
            $"{Format.Count(progress.PromptTokens + progress.CompletionTokens)} tokens",
            progress.Cost is { } cost ? $"cost {Money(cost)}" : null,
            progress.Event == "progress" && progress.SecondsLeft is { } left ? $"{Format.Duration(left)} left" : null,
            progress.Event == "progress" ? progress.Reason?.TrimEnd('.') : null,
            progress.Outcome is { } outcome
                ? $"teacher {progress.Name}: {Format.Count(outcome.Labels)} labels, {Format.Count(outcome.Rationales)} rationales" : null,
        ];
        return string.Join(" · ", parts.OfType<string>());
    }

    public static string Money(double cost) => cost.ToString(cost < 1 ? "0.####" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>Returns the outcome of the rows, one line for each kind of loss.</summary>
    public static IEnumerable<(string What, int Count)> Losses(TeacherOutcomeReport report) => ((string What, int Count)[])
    [
        ("rows", report.Rows),
        ("not asked", report.NotAsked),
        ("asked, no reply", report.NotAnswered),
        ("without a readable label", report.Unreadable),
        ("rejected in review", report.Rejected),
        ("edited in review", report.Edited),
        ("left out, label differs from the truth", report.Disagreeing),
        ("rationale left out, too short", report.TooShort),
        ("rationale left out, too long", report.TooLong),
        ("rationale left out, duplicate", report.Duplicates),
        ("rationale left out, not drawn", report.NotDrawn),
        ("labels", report.Labels),
        ("rationales", report.Rationales),
    ];
}
