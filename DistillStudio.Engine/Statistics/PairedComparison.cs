namespace DistillStudio.Engine.Statistics;

/// <summary>Compares two sets of weights on the same rows: the difference in accuracy and its statistical significance.</summary>
/// <param name="BothRight">Number of rows that both answer correctly.</param>
/// <param name="OnlyFirst">Number of rows that only the first answers correctly.</param>
/// <param name="OnlySecond">Number of rows that only the second answers correctly.</param>
/// <param name="NeitherRight">Number of rows that neither answers correctly.</param>
public sealed record PairedComparison(int BothRight, int OnlyFirst, int OnlySecond, int NeitherRight)
{
    /// <exception cref="ArgumentException">The lists differ in length, or are empty.</exception>
    public static PairedComparison Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        if (first.Count != second.Count || first.Count == 0)
        {
            string counts = $"{first.Count} and {second.Count} rows";
            throw new ArgumentException($"the two were judged on {counts}; it takes the same rows, at least one", nameof(second));
        }

        int Count(bool a, bool b) => first.Zip(second).Count(pair => pair.First == a && pair.Second == b);
        return new(Count(true, true), Count(true, false), Count(false, true), Count(false, false));
    }

    public int Rows => BothRight + OnlyFirst + OnlySecond + NeitherRight;

    /// <summary>Accuracy of the second minus accuracy of the first, in [-1, 1].</summary>
    public double Difference => (double)(OnlySecond - OnlyFirst) / Rows;

    /// <summary>
    /// Confidence interval of <see cref="Difference"/> (Newcombe 1998, "Improved confidence intervals for the difference between
    /// binomial proportions based on paired data", method 10: Wilson limits squared and added, with the correlation of the two).
    /// </summary>
    /// <param name="level">Confidence level in (0, 1).</param>
    public ConfidenceInterval DifferenceInterval(double level = Comparison.UsualLevel)
    {
        ConfidenceInterval first = ConfidenceInterval.OfProportion(BothRight + OnlyFirst, Rows, level);
        ConfidenceInterval second = ConfidenceInterval.OfProportion(BothRight + OnlySecond, Rows, level);
        double p1 = (double)(BothRight + OnlyFirst) / Rows;
        double p2 = (double)(BothRight + OnlySecond) / Rows;
        double phi = Correlation();
        double below = SquareAndAdd(p2 - second.Low, first.High - p1, phi);
        double above = SquareAndAdd(second.High - p2, p1 - first.Low, phi);
        return new(Math.Max(-1, Difference - below), Math.Min(1, Difference + above));
    }

    /// <summary>
    /// Two-sided probability of a difference at least this large if both were equally accurate: McNemar's exact test, binomial over the
    /// discordant rows.
    /// </summary>
    public double PValue()
    {
        int discordant = OnlyFirst + OnlySecond;
        int fewer = Math.Min(OnlyFirst, OnlySecond);
        double logTerm = -discordant * Math.Log(2); // log of C(n, 0) / 2^n
        double tail = 0;
        for (int k = 0; k <= fewer; k++)
        {
            tail += Math.Exp(logTerm);
            logTerm += Math.Log((double)(discordant - k) / (k + 1));
        }

        return Math.Min(1, 2 * tail);
    }

    private static double SquareAndAdd(double a, double b, double phi) =>
        Math.Sqrt(Math.Max(0, (a * a) - (2 * phi * a * b) + (b * b)));

    /// <summary>Phi coefficient of the two-by-two table, shrunk towards 0 by half a row as in method 10.</summary>
    private double Correlation()
    {
        double rows = (double)(BothRight + OnlyFirst) * (OnlySecond + NeitherRight);
        double margins = rows * (BothRight + OnlySecond) * (OnlyFirst + NeitherRight);
        if (margins == 0)
        {
            return 0;
        }

        double product = ((double)BothRight * NeitherRight) - ((double)OnlyFirst * OnlySecond);
        double corrected = product > 0 ? Math.Max(0, product - (Rows / 2.0)) : product;
        return corrected / Math.Sqrt(margins);
    }
}
