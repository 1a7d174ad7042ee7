using System.Numerics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Statistics;

/// <summary>
/// Fisher's exact paired permutation test of a mean (Fisher 1935, "The design of experiments", section 21): if the methods do not differ,
/// each seed's difference could as well have the other sign. The interval holds the differences that the test does not reject. Its limits
/// are ordered means of subsets, since flipping a subset raises the mean exactly if the subset's mean is below 0.
/// </summary>
internal sealed class SignFlipTest
{
    /// <summary>Up to this many differences all flips are tried; beyond it, a fixed sample.</summary>
    internal const int MostExhaustive = 18;

    private const int Sampled = 99_999;

    private readonly double[] _subsetMeans;
    private readonly double _flips;
    private readonly double _tolerance;

    public SignFlipTest(IReadOnlyList<double> differences)
    {
        _tolerance = 1e-12 * differences.Max(Math.Abs);
        _subsetMeans = differences.Count <= MostExhaustive ? AllMeans(differences) : SampledMeans(differences);
        _flips = _subsetMeans.Length + 1; // with the empty subset
        Array.Sort(_subsetMeans);
    }

    /// <summary>Two-sided, in (0, 1]; at least 2 / 2^k for k differences.</summary>
    public double PValue
    {
        get
        {
            double below = 1 + _subsetMeans.Count(mean => mean <= _tolerance);
            double above = 1 + _subsetMeans.Count(mean => mean >= -_tolerance);
            return Math.Min(1, 2 * Math.Min(below, above) / _flips);
        }
    }

    /// <param name="alpha">Probability of error; at least 2 / 2^k for k differences.</param>
    public ConfidenceInterval IntervalAt(double alpha)
    {
        int rejected = (int)Math.Floor((alpha * _flips / 2) + 1e-9) - 1; // of the ordered means, on each side
        ArgumentOutOfRangeException.ThrowIfNegative(rejected, nameof(alpha));
        double low = _subsetMeans[Math.Min(rejected, (_subsetMeans.Length - 1) / 2)];
        double high = _subsetMeans[Math.Max(_subsetMeans.Length - 1 - rejected, _subsetMeans.Length / 2)];
        return new(Math.Abs(low) <= _tolerance ? 0 : low, Math.Abs(high) <= _tolerance ? 0 : high);
    }

    private static double[] AllMeans(IReadOnlyList<double> differences)
    {
        double[] sums = new double[1 << differences.Count];
        double[] means = new double[sums.Length - 1];
        for (int subset = 1; subset < sums.Length; subset++)
        {
            sums[subset] = sums[subset & (subset - 1)] + differences[int.TrailingZeroCount(subset)];
            means[subset - 1] = sums[subset] / int.PopCount(subset);
        }

        return means;
    }

    private static double[] SampledMeans(IReadOnlyList<double> differences)
    {
        var random = new SeededRandom(1935);
        double[] means = new double[Sampled];
        for (int i = 0; i < means.Length; i++)
        {
            double sum = 0;
            int count = 0;
            while (count == 0)
            {
                for (int first = 0; first < differences.Count; first += 64)
                {
                    for (ulong bits = random.NextBits(); bits != 0; bits &= bits - 1)
                    {
                        int index = first + BitOperations.TrailingZeroCount(bits);
                        if (index >= differences.Count)
                        {
                            break;
                        }

                        sum += differences[index];
                        count++;
                    }
                }
            }

            means[i] = sum / count;
        }

        return means;
    }
}
