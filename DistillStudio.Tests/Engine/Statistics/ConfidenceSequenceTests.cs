using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class ConfidenceSequenceTests
{
    private static readonly double[] Differences = [0.05, 0.03, 0.06, 0.02, 0.05, 0.07];

    [Fact]
    public void Interval_ItsLimits_AreWhereTheTestMartingaleReachesTwenty()
    {
        ConfidenceInterval interval = ConfidenceSequence.Of(Differences).Interval;
        Assert.Equal(20, Martingale(interval.Low), 6);
        Assert.Equal(20, Martingale(interval.High), 6);
        Assert.InRange(interval.Low, 0.001, 0.03);
    }

    [Fact]
    public void Interval_FewPairs_SaysNothing() => Assert.All(
        Enumerable.Range(1, 3),
        pairs => Assert.Equal(new ConfidenceInterval(-1, 1), ConfidenceSequence.Of(Differences[..pairs]).Interval));

    [Fact]
    public void Interval_EqualDifferences_ProveNothingWithoutRows()
    {
        double[] equal = [.. Enumerable.Repeat(0.02, 8)];
        Assert.False(ConfidenceSequence.Of(equal).IsDecided);
        Assert.True(ConfidenceSequence.Of(equal, new RowNoise(0, 0.00001)).IsDecided);
        Assert.False(ConfidenceSequence.Of(equal, new RowNoise(0, 0.001)).IsDecided);
    }

    [Fact]
    public void Interval_OfSeveralSequences_IsThatOfTheirPartOfTheError()
    {
        ConfidenceSequence[] sequences = [.. new[] { 1, 4, 20 }.Select(count => ConfidenceSequence.Of(Differences, comparisons: count))];
        Assert.Equal([0.95, 0.9875, 0.9975], sequences.Select(sequence => sequence.Level), new Near());
        Assert.Equal(80, Martingale(sequences[1].Interval.Low), 6); // four at a time take a quarter each of 1 / 20
        Assert.Equal([true, false, false], sequences.Select(sequence => sequence.IsDecided));
    }

    [Fact]
    public void IsDecided_NineLookedAtTogether_AreRarelyEverFalse()
    {
        const int Draws = 120;
        var runs = new SimulatedRuns(23, 30, 0.2, 0.5);
        int decided = Enumerable.Range(0, Draws).Count(
            _ => Enumerable.Range(0, 9).Any(_ => EverDecides(runs.Study(2, 16), pairs => true, 9)));
        Assert.InRange(decided, 0, 12); // 5 % are six; without a correction about 30 of 120 would be
    }

    [Fact]
    public void IsFutile_NoDifference_IsSeenBeforeAllPairsAreSpent()
    {
        double[] level = [0.02, -0.03, 0.025, -0.02, 0.01, -0.015, 0.02, -0.01];
        Assert.True(ConfidenceSequence.Of(level).IsFutile(10));
        Assert.False(ConfidenceSequence.Of(level).IsFutile(1000));
        Assert.False(ConfidenceSequence.Of(Differences).IsFutile(6)); // decided
        Assert.True(ConfidenceSequence.Of(Differences[..2]).IsFutile(2)); // all spent
        Assert.False(ConfidenceSequence.Of(Differences[..2]).IsFutile(20));
    }

    [Theory]
    [InlineData(0.0, 0.8)]
    [InlineData(0.3, 0.0)]
    [InlineData(0.2, 1.5)]
    public void IsDecided_LookedAtAfterEveryPair_RaisesFewFalseAlarms(double seedEffect, double taste)
    {
        var runs = new SimulatedRuns(21, 60, seedEffect, taste);
        int decided = Enumerable.Range(0, SimulatedRuns.Draws).Count(_ => EverDecides(runs.Study(2, 20), pairs => true));
        Assert.InRange(decided, 0, SimulatedRuns.MostFalseAlarms);
    }

    [Fact]
    public void IsDecided_LargeDifference_StopsEarlyAndFutilityLosesLittle()
    {
        var runs = new SimulatedRuns(22, 250, 0.2, 0.2);
        int decided = 0;
        int stopped = 0;
        for (int draw = 0; draw < 300; draw++)
        {
            bool[][][] study = runs.Study(2, 20, 0.6);
            decided += EverDecides(study, pairs => true) ? 1 : 0;
            stopped += EverDecides(study, sequence => !sequence.IsFutile(20)) ? 1 : 0;
        }

        Assert.InRange(decided, 285, 300);
        Assert.InRange(stopped, decided - 10, decided);
    }

    internal static bool EverDecides(bool[][][] study, Func<ConfidenceSequence, bool> goesOn, int comparisons = 1)
    {
        double[] differences = [.. SimulatedRuns.Accuracies(study[0]).Zip(SimulatedRuns.Accuracies(study[1]), (a, b) => b - a)];
        for (int pairs = 2; pairs <= differences.Length; pairs++)
        {
            var sequence = ConfidenceSequence.Of(differences[..pairs], RowNoise.Of(study[0][..pairs], study[1][..pairs]), comparisons);
            if (sequence.IsDecided || !goesOn(sequence))
            {
                return sequence.IsDecided;
            }
        }

        return false;
    }

    private sealed class Near : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-12;

        public int GetHashCode(double obj) => 0;
    }

    /// <summary>Wang and Ramdas's test martingale against a mean, with prior precision 1 / 1.5².</summary>
    private static double Martingale(double mean)
    {
        double n = Differences.Length;
        double precision = 1 / (1.5 * 1.5);
        double sum = Differences.Sum(d => d - mean);
        double squares = Differences.Sum(d => (d - mean) * (d - mean));
        return Math.Sqrt(precision / (n + precision)) * Math.Pow(squares / (squares - (sum * sum / (n + precision))), n / 2);
    }
}
