namespace DistillStudio.Engine.Statistics;

/// <summary>Mean and variance of a list of figures.</summary>
/// <param name="Variance">With Bessel's correction; NaN of fewer than two figures.</param>
internal readonly record struct Sample(int Count, double Mean, double Variance)
{
    public static Sample Of(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return new(values.Count, mean, values.Count < 2 ? double.NaN : values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }
}
