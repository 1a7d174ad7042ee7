using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Runs;

/// <summary>Says that lines of <c>events.jsonl</c> hold no event, so that readers of curves and results know that some are
/// missing.</summary>
public static class RecordGaps
{
    private const string Consequence = "what was recorded there is missing here. `runs verify` lists all such lines.";

    /// <summary>Returns a remark on the unreadable lines of one run; null if there are none.</summary>
    /// <param name="lines">Number of such lines.</param>
    /// <param name="first">Number of the first, from 1; null if unknown.</param>
    public static string? Remark(int lines, long? first = null)
    {
        string place = first is { } line ? $", {(lines == 1 ? "line" : "first line")} {line}" : "";
        return lines == 0 ? null : $"{RunFolder.EventsName} has {Words(lines)}{place}; {Consequence}";
    }

    /// <summary>Returns a remark on the unreadable lines of several runs; null if there are none.</summary>
    /// <param name="runs">The runs' names with the numbers of their unreadable lines.</param>
    public static string? Remark(IEnumerable<(string Name, int Lines)> runs)
    {
        string[] parts = [.. runs.Where(run => run.Lines > 0).Select(run => $"{run.Name} has {Words(run.Lines)}")];
        return parts.Length == 0 ? null : $"{RunFolder.EventsName} of {string.Join(", that of ", parts)}; {Consequence}";
    }

    private static string Words(int lines) => $"{Format.Plural(lines, "line")} without an event that can be read";
}
