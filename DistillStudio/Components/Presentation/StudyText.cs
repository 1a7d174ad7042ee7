using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Components.Presentation;

/// <summary>Display text for studies.</summary>
public static class StudyText
{
    /// <inheritdoc cref="Counts(int, int, int, int)"/>
    public static string Counts(StudyResult result) => Counts(result.Finished, result.Runs, result.Failed, result.Dropped);

    /// <summary>Returns how many runs ended in which way: <c>6 of 16 runs finished, 10 not needed</c>.</summary>
    public static string Counts(int finished, int runs, int failed, int dropped)
    {
        string others = string.Concat(
            from other in new[] { (Count: failed, Word: "failed"), (Count: dropped, Word: "not needed") }
            where other.Count > 0
            select $", {Format.Count(other.Count)} {other.Word}");
        return $"{Format.Count(finished)} of {Format.Plural(runs, "run")} finished{others}";
    }

    /// <summary>Returns where a sequential comparison stands, with its interval.</summary>
    public static string Words(StudyDecision decision) => decision.Interval is { Low: > -1 } or { High: < 1 }
        ? $"{decision.Text}: {Format.Points(decision.Difference)} against its baseline, "
            + $"between {Format.Points(decision.Interval.Low)} and {Format.Points(decision.Interval.High)} (95 %, valid at every look)"
        : decision.Text;
}
