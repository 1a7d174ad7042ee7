using System.Globalization;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Statistics;

/// <summary>Figures of a comparison as people read them. Rounding never moves one across the line that decides.</summary>
public static class ComparisonText
{
    /// <summary>"p = 0.031"; with more decimals, where three would round to 0.050.</summary>
    /// <param name="p">In [0, 1].</param>
    public static string PValue(double p)
    {
        if (p < 0.001)
        {
            return "p < 0.001";
        }

        foreach (string decimals in new[] { "0.000", "0.0000" })
        {
            string text = p.ToString(decimals, CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture) != Comparison.Alpha)
            {
                return $"p = {text}";
            }
        }

        return p <= Comparison.Alpha ? "p just below 0.05" : "p just above 0.05";
    }

    /// <summary>"+1.2 pp to +4.0 pp"; a limit that excludes 0 is not shown as 0.</summary>
    public static string Interval(ConfidenceInterval interval) => $"{Limit(interval.Low)} to {Limit(interval.High)}";

    private static string Limit(double limit) => limit switch
    {
        0 => "0 pp",
        > 0 and < 0.0005 => "just above 0 pp",
        < 0 and > -0.0005 => "just below 0 pp",
        _ => Format.Points(limit),
    };
}
