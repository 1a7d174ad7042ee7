using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>The claim about two models in words.</summary>
internal static class ModelsText
{
    /// <summary>Returns the claim as a sentence.</summary>
    public static string Sentence(ModelsClaim claim, double margin)
    {
        if (claim.Rows is not { } rows)
        {
            return $"These two models cannot be compared. {claim.WhyNone}";
        }

        (string one, string other) = (claim.Baseline.Name, claim.Other.Name);
        string figures =
            $"{VerdictText.Percent(Right(rows.Table.OnlySecond))} against {VerdictText.Percent(Right(rows.Table.OnlyFirst))} "
                + $"{RowsText(claim)}";
        bool isWithin = claim.Judgement.IsEquivalent;
        return rows.Table is { OnlyFirst: 0, OnlySecond: 0 } ? $"These two models: no row differs; "
            + $"both get {VerdictText.Percent(Right(0))} right {RowsText(claim)}."
            : claim.Judgement.IsDecided
                ? $"These two models: {other} gets {VerdictText.Points(rows.Difference)} {(rows.Difference > 0 ? "more" : "fewer")} of the "
                    + $"{claim.RowWord}s right than {one}, more than chance in the rows explains"
                    + $"{(isWithin ? $", though within {VerdictText.Margin(margin)}" : "")}: {figures}."
            : isWithin ? $"These two models: {other} is as good as {one} within {VerdictText.Margin(margin)}: {figures}."
            : $"These two models: no difference can be told: {figures}{Needed(rows, margin)}.";

        double Right(int only) => (rows.Table.BothRight + only) / (double)rows.Rows;
    }

    /// <summary>Returns interval and test of the claim; null if nothing is claimed.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="comparisons">Number of comparisons judged together.</param>
    /// <param name="margin">Margin of equivalence.</param>
    public static string? Evidence(ModelsClaim claim, int comparisons, double margin) => claim.Rows is not { } rows ? null
        : $"{claim.Other.Name} against {claim.Baseline.Name}, row by row: {VerdictText.Level(claim.Judgement.Level)} interval of the "
            + $"difference {VerdictText.Between(claim.Judgement.Interval)}, "
            + $"McNemar's exact test {VerdictText.P(claim.Judgement.PValue)}{VerdictText.Corrected(comparisons)}"
            + $"{(claim.Judgement is { IsEquivalent: true, Equivalence: { } tests } ? $"; {VerdictText.Within(tests, margin)}" : "")}; "
            + $"only {claim.Other.Name} is right on {Format.Plural(rows.Table.OnlySecond, "row")}, "
            + $"only {claim.Baseline.Name} on {Format.Count(rows.Table.OnlyFirst)}.";

    /// <summary>Says on which rows the models are compared: <c>on the 60 rows both were tested on, of 500</c>.</summary>
    internal static string RowsText(ModelsClaim claim)
    {
        string[] sizes = [
            .. new[] { claim.OfBaseline, claim.OfOther }.Where(size => size != claim.Shared).Distinct().OrderDescending()
                .Select(size => Format.Count(size))
        ];
        return sizes.Length == 0 ? $"on the {Format.Plural(claim.Shared, claim.RowWord)}"
            : $"on the {Format.Plural(claim.Shared, "row")} both were "
                + $"{(claim.RowWord.StartsWith("test", StringComparison.Ordinal) ? "tested" : "validated")} on, "
                + $"of {VerdictText.List(sizes)}";
    }

    private static string Needed(RowComparison rows, double margin) =>
        PowerEstimate.Of(rows, null, margin) is { Rows: { } needed } estimate && needed > rows.Rows
            ? $"; {estimate.Describe()} would be needed for {VerdictText.Margin(margin)}"
            : "";
}
