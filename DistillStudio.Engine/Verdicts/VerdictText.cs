using System.Globalization;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Figures within the sentences of a verdict.</summary>
public static class VerdictText
{
    /// <summary>A difference of accuracies in points, without its sign.</summary>
    public static string Points(double difference) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(difference) * 100:0.0} points");

    /// <summary>A limit of an interval; one that excludes 0 is not shown as 0.</summary>
    private static string Limit(double limit) => limit switch
    {
        > 0 and < 0.0005 => "just above 0",
        < 0 and > -0.0005 => "just below 0",
        _ => Signed(limit),
    };

    /// <summary>A margin in points, without needless digits.</summary>
    public static string Margin(double margin) =>
        string.Create(CultureInfo.InvariantCulture, $"{margin * 100:0.##} {(Math.Abs(margin - 0.01) < 1e-9 ? "point" : "points")}");

    /// <summary>An interval of a difference: <c>+3.1 to +9.7 points</c>.</summary>
    public static string Between(ConfidenceInterval interval) => $"{Limit(interval.Low)} to {Limit(interval.High)} points";

    /// <summary>An interval that shows two to be equally good: <c>90 % interval −1.1 to +0.8 points, p = 0.004 for a difference of 2 points
    /// or more</c>.</summary>
    public static string Within(JudgedEquivalence tests, double margin) =>
        $"{Level(tests.Level)} interval {Between(tests.Interval)}, {P(tests.PValue)} for a difference of {Margin(margin)} or more";

    /// <summary>A p value: <c>p = 0.063</c>; never rounded to the other side of 0.05.</summary>
    public static string P(double p) => p < 0.001 ? "p < 0.001"
        : "p = " + p.ToString(Math.Abs(p - 0.05) < 0.0005 ? "0.00000" : "0.000", CultureInfo.InvariantCulture);

    /// <summary>A level of confidence: <c>95 %</c>, <c>98.3 %</c>.</summary>
    public static string Level(double level) => string.Create(CultureInfo.InvariantCulture, $"{level * 100:0.#} %");

    public static string Percent(double share) => Format.Percent(share);

    /// <summary>Says that a p value is corrected for the number of comparisons; empty for one.</summary>
    public static string Corrected(int comparisons) => comparisons > 1 ? $" after Holm's correction for {comparisons} comparisons" : "";

    /// <summary>Some seeds of a method: <c>Standard (seeds 1, 2)</c>.</summary>
    public static string Seeds(string method, IReadOnlyList<int> seeds) =>
        $"{method} ({(seeds.Count == 1 ? "seed" : "seeds")} {string.Join(", ", seeds)})";

    /// <summary>Returns the sentence as it continues after a colon.</summary>
    public static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];

    /// <summary>Joins with commas and a last "and".</summary>
    public static string List(IReadOnlyList<string> parts) =>
        parts.Count <= 1 ? string.Concat(parts) : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";

    /// <summary>A difference in points with its sign, without the unit.</summary>
    public static string Signed(double value) =>
        Math.Abs(value) < 0.0005
            ? "0.0"
            : string.Create(CultureInfo.InvariantCulture, $"{(value < 0 ? "−" : "+")}{Math.Abs(value) * 100:0.0}");
}
