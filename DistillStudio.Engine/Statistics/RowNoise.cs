namespace DistillStudio.Engine.Statistics;

/// <summary>
/// What the drawing of the test rows adds to the noise of a mean difference over seeds. All seeds are tested on the same rows, so
/// that part of it does not average out, however many seeds there are.
/// </summary>
/// <param name="Shared">Variance of the mean difference that all seeds share: rows of which one method knows more than the other. 0 if the
/// claim is about these very rows.</param>
/// <param name="Floor">Least variance that the mean difference can be credited with. It keeps seeds that agree by accident from
/// giving certainty.</param>
public sealed record RowNoise(double Shared, double Floor)
{
    /// <summary>
    /// Separates the rows' variance from that of single answers, as an analysis of variance with two random factors does (seeds are its
    /// readers and rows its cases: Gallas, Bandos, Samuelson and Wagner 2009, "A framework for random-effects ROC analysis"). The floor is
    /// the variance of the rows' mean differences, with one row more in disagreement.
    /// </summary>
    /// <param name="baseline">Per seed, whether each row is answered correctly.</param>
    /// <param name="other">The same of the other method: the same rows in the same order; another number of seeds is allowed.</param>
    /// <exception cref="ArgumentException">A list is empty, or the numbers of rows differ.</exception>
    public static RowNoise Of(IReadOnlyList<IReadOnlyList<bool>> baseline, IReadOnlyList<IReadOnlyList<bool>> other)
    {
        int rows = baseline.Count == 0 ? 0 : baseline[0].Count;
        if (rows == 0 || other.Count == 0 || baseline.Concat(other).Any(seed => seed.Count != rows))
        {
            throw new ArgumentException("every seed of both methods takes the same rows, at least one", nameof(other));
        }

        double[] first = RowMeans(baseline, rows);
        double[] second = RowMeans(other, rows);
        double mean = second.Average() - first.Average();
        double squares = first.Zip(second, (a, b) => b - a - mean).Sum(d => d * d);
        double scale = (double)rows * Math.Max(1, rows - 1);
        double shared = (squares / scale) - ResidualVariance(baseline, first) - ResidualVariance(other, second);
        return new(Math.Max(0, shared), (squares + 1) / scale);
    }

    /// <summary>
    /// Gives the floor alone, from accuracies of runs whose answers to the rows are unknown: the binomial variance of the two means,
    /// as if every seed had drawn its own rows.
    /// </summary>
    /// <param name="baseline">Accuracy of each seed, in [0, 1].</param>
    /// <param name="other">The same of the other method.</param>
    /// <param name="rows">Number of test rows; at least 1.</param>
    public static RowNoise OfAccuracies(IReadOnlyList<double> baseline, IReadOnlyList<double> other, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        double a = baseline.Average();
        double b = other.Average();
        double first = ((a * (1 - a)) + (1.0 / rows)) / ((double)rows * baseline.Count);
        double second = b * (1 - b) / ((double)rows * other.Count);
        return new(0, first + second);
    }

    private static double[] RowMeans(IReadOnlyList<IReadOnlyList<bool>> seeds, int rows) =>
        [.. Enumerable.Range(0, rows).Select(row => seeds.Count(seed => seed[row]) / (double)seeds.Count)];

    /// <summary>Variance of a mean accuracy that is due to neither rows nor seeds alone; the spread over seeds holds it already.</summary>
    private static double ResidualVariance(IReadOnlyList<IReadOnlyList<bool>> seeds, double[] rowMeans)
    {
        int rows = rowMeans.Length;
        double freedom = (seeds.Count - 1.0) * (rows - 1.0);
        if (freedom == 0)
        {
            return 0;
        }

        double mean = rowMeans.Average();
        double squares = 0;
        foreach (IReadOnlyList<bool> seed in seeds)
        {
            double offset = mean - (seed.Count(isRight => isRight) / (double)rows);
            for (int row = 0; row < rows; row++)
            {
                double residual = (seed[row] ? 1 : 0) - rowMeans[row] + offset;
                squares += residual * residual;
            }
        }

        return squares / freedom / ((double)rows * seeds.Count);
    }
}
