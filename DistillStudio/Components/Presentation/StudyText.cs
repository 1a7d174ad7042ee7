using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Components.Presentation;

/// <summary>Display text for studies.</summary>
public static class StudyText
{
    /// <inheritdoc cref="Counts(int, int, int, int)"/>
    public static string Counts(StudyResult result) => Counts(result.Finished, result.Runs, result.Failed, result.Dropped);

    /// <summary>Returns how many runs ended in each way: <c>6 of 16 runs finished, 10 not needed</c>.</summary>
    public static string Counts(int finished, int runs, int failed, int dropped)
    {
        string others = string.Concat(
            from other in new[] { (Count: failed, Word: "failed"), (Count: dropped, Word: "not needed") }
            where other.Count > 0
            select $", {Format.Count(other.Count)} {other.Word}");
        return $"{Format.Count(finished)} of {Format.Plural(runs, "run")} finished{others}";
    }
}
