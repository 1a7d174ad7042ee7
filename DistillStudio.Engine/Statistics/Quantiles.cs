using MathNet.Numerics.Distributions;

namespace DistillStudio.Engine.Statistics;

/// <summary>Two-sided quantiles: the number of standard errors that is exceeded, on either side, with a given probability.</summary>
internal static class Quantiles
{
    /// <param name="alpha">Two-sided probability in (0, 1): 0.05 gives 1.96.</param>
    public static double Normal(double alpha) => -MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, Checked(alpha) / 2);

    /// <summary>Returns the two-sided probability of a normal variable beyond ±<paramref name="z"/>.</summary>
    public static double NormalTails(double z) => 2 * MathNet.Numerics.Distributions.Normal.CDF(0, 1, -Math.Abs(z));

    /// <param name="alpha">Two-sided probability in (0, 1).</param>
    /// <param name="degreesOfFreedom">Above 0; need not be whole.</param>
    public static double Student(double alpha, double degreesOfFreedom)
    {
        Checked(alpha);

        // The library's inverse searches ±800 only, which one degree of freedom exceeds.
        double high = 1;
        while (StudentTails(high, degreesOfFreedom) > alpha)
        {
            high *= 2;
        }

        return Bisect(0, high, t => StudentTails(t, degreesOfFreedom) <= alpha);
    }

    /// <summary>Returns the two-sided probability of Student's t beyond ±<paramref name="t"/>.</summary>
    public static double StudentTails(double t, double degreesOfFreedom) => 2 * StudentT.CDF(0, 1, degreesOfFreedom, -Math.Abs(t));

    /// <summary>Returns where a condition turns true: false at <paramref name="low"/>, true at <paramref name="high"/>.</summary>
    public static double Bisect(double low, double high, Func<double, bool> isReached)
    {
        while (true)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high || high - low <= 1e-13 * Math.Abs(high))
            {
                return high;
            }

            (low, high) = isReached(middle) ? (low, middle) : (middle, high);
        }
    }

    private static double Checked(double alpha) =>
        alpha is > 0 and < 1
            ? alpha
            : throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "a probability of error lies between 0 and 1");
}
