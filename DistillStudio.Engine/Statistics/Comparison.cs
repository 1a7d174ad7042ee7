namespace DistillStudio.Engine.Statistics;

/// <summary>
/// A difference with what is known about it. Interval, p value and decision follow one rule: at every level, the interval excludes 0 if
/// and only if the p value is at most 1 − level.
/// </summary>
public abstract record Comparison
{
    /// <summary>Level of every interval, and one minus that of every test, unless said otherwise.</summary>
    public const double UsualLevel = 0.95;

    internal const double Alpha = 0.05;

    /// <summary>Accuracy of the other minus accuracy of the baseline, in [-1, 1].</summary>
    public abstract double Difference { get; }

    /// <summary>Two-sided p value of no difference, in (0, 1].</summary>
    public abstract double PValue { get; }

    /// <summary>The 95 % confidence interval of <see cref="Difference"/>.</summary>
    public ConfidenceInterval Interval => IntervalAt(UsualLevel);

    /// <summary>Whether a difference is shown: <see cref="Interval"/> excludes 0, and <see cref="PValue"/> is at most 0.05.</summary>
    public bool IsDecided => IsDecidedAt(UsualLevel);

    /// <summary>Returns the confidence interval of <see cref="Difference"/>; a higher level contains every lower one.</summary>
    /// <param name="level">Confidence level in (0, 1).</param>
    public abstract ConfidenceInterval IntervalAt(double level);

    /// <summary>Whether <see cref="IntervalAt"/> that level excludes 0.</summary>
    /// <param name="level">Confidence level in (0, 1).</param>
    public bool IsDecidedAt(double level) => PValue <= 1 - level;
}
