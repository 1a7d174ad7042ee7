namespace DistillStudio.Engine.Statistics;

/// <summary>Mean over seeds at one step, with its 95 % t interval.</summary>
/// <param name="Count">Number of seeds that have a value here.</param>
/// <param name="Mean">NaN if there are none.</param>
/// <param name="Interval">Null with fewer than two seeds.</param>
public sealed record BandPoint(int Count, double Mean, ConfidenceInterval? Interval);

/// <summary>Averages curves over seeds.</summary>
public static class SeedBand
{
    /// <summary>
    /// Returns one point per step, as many as the longest curve has. The band holds for each step separately, not for the whole curve, and
    /// says nothing about the noise of the rows.
    /// </summary>
    /// <param name="curves">Values of each seed at the same steps. NaN and infinite values are missing, and so is what a shorter curve
    /// lacks.</param>
    public static IReadOnlyList<BandPoint> Of(IReadOnlyList<IReadOnlyList<double>> curves)
    {
        int steps = curves.Count == 0 ? 0 : curves.Max(curve => curve.Count);
        return [.. Enumerable.Range(0, steps).Select(step => Point(At(step)))];

        double[] At(int step) => [.. curves.Where(curve => step < curve.Count).Select(curve => curve[step]).Where(double.IsFinite)];
    }

    private static BandPoint Point(double[] values)
    {
        if (values.Length < 2)
        {
            return new(values.Length, values.Length == 0 ? double.NaN : values[0], null);
        }

        var sample = Sample.Of(values);
        double half = Quantiles.Student(Comparison.Alpha, sample.Count - 1) * Math.Sqrt(sample.Variance / sample.Count);
        return new(sample.Count, sample.Mean, new(sample.Mean - half, sample.Mean + half));
    }
}
