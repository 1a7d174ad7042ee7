using System.Globalization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;
using DistillStudio.Tests.Engine.Statistics;

namespace DistillStudio.Tests.Figures;

/// <summary>
/// What the comparison of methods covers under many conditions, beside two alternatives that were left out, printed for the manual:
/// <c>dotnet test -c Release --project DistillStudio.Tests --explicit only --filter-class '*CoverageFigures' --output Detailed</c>
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class CoverageFigures(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData(60)]
    [InlineData(250)]
    public void EqualMethods_ManyConditions_RaiseFewFalseAlarms(int rows)
    {
        var conditions =
            from seeds in new[] { 2, 3, 5, 6, 8, 10 }
            from effect in new[] { 0, 0.2, 0.6 }
            from taste in new[] { 0, 0.8, 1.5 }
            select (seeds, effect, taste);
        foreach ((int seeds, double seedEffect, double taste) in conditions)
        {
            var runs = new SimulatedRuns(41, rows, seedEffect, taste);
            int withRows = 0;
            int seedsOnly = 0;
            int unpaired = 0;
            for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
            {
                bool[][][] study = runs.Study(2, seeds);
                withRows += SimulatedRuns.Compare(study[0], study[1]).IsDecided ? 1 : 0;
                unpaired += SimulatedRuns.Compare(study[0], study[1], isPaired: false).IsDecided ? 1 : 0;
                seedsOnly += SeedComparison.Of(SimulatedRuns.Accuracies(study[0]), SimulatedRuns.Accuracies(study[1]))!.IsDecided ? 1 : 0;
            }

            string decided = $"decided {Share(withRows)}, unpaired {Share(unpaired)}, by seeds alone {Share(seedsOnly)}";
            Say($"{rows} rows, {seeds} seeds, seed effect {seedEffect}, taste {taste}: {decided}");
            Assert.InRange(withRows, 0, SimulatedRuns.MostFalseAlarms + 20); // the largest of many
        }
    }

    [Theory(Explicit = true)]
    [InlineData(0.2, 0.0)]
    [InlineData(0.2, 0.8)]
    [InlineData(0.6, 0.8)]
    public void HierarchicalBootstrap_FewSeeds_CoversLess(double seedEffect, double taste)
    {
        const int Studies = 1000;
        foreach (int seeds in new[] { 3, 5, 10 })
        {
            var runs = new SimulatedRuns(42, 250, seedEffect, taste);
            var random = new SeededRandom(43);
            int bootstrap = 0;
            int interval = 0;
            for (int draw = 0; draw < Studies; draw++)
            {
                bool[][][] study = runs.Study(2, seeds);
                bootstrap += Bootstrap(random, study[0], study[1]).Contains(0) ? 1 : 0;
                interval += SimulatedRuns.Compare(study[0], study[1]).Interval.Contains(0) ? 1 : 0;
            }

            string covered = $"bootstrap {bootstrap * 100.0 / Studies:0.0} %, interval {interval * 100.0 / Studies:0.0} %";
            Say($"{seeds} seeds, seed effect {seedEffect}, taste {taste}: {covered}");
        }
    }

    [Theory(Explicit = true)]
    [InlineData(60)]
    [InlineData(250)]
    public void Sequence_EqualMethods_IsSeldomDecidedInTwentyPairs(int rows)
    {
        var conditions = from effect in new[] { 0, 0.2, 0.6 } from taste in new[] { 0, 0.8, 1.5 } select (effect, taste);
        foreach ((double seedEffect, double taste) in conditions)
        {
            var runs = new SimulatedRuns(44, rows, seedEffect, taste);
            int decided = Enumerable.Range(0, SimulatedRuns.Draws)
                .Count(_ => ConfidenceSequenceTests.EverDecides(runs.Study(2, 20), _ => true));
            Say($"{rows} rows, seed effect {seedEffect}, taste {taste}: ever decided {Share(decided)}");
            Assert.InRange(decided, 0, SimulatedRuns.MostFalseAlarms);
        }
    }

    /// <summary>Seeds are added, five at a time, as long as no difference is shown.</summary>
    [Fact(Explicit = true)]
    public void AddedSeeds_EqualMethods_AreSeldomCalledDifferentAtEveryLook()
    {
        var normal = new SimulatedRuns(45, 1, 0, 0);
        int asPlanned = 0;
        int atEveryLook = 0;
        for (int draw = 0; draw < SimulatedRuns.Draws; draw++)
        {
            double[] level = [.. Enumerable.Repeat(0.5, 20)];
            double[] other = [.. level.Select(accuracy => accuracy + (0.02 * normal.Normal()))];
            bool isFirst = IsDecided(5, false);
            asPlanned += isFirst || new[] { 10, 15, 20 }.Any(seeds => IsDecided(seeds, false)) ? 1 : 0;
            atEveryLook += isFirst || new[] { 10, 15, 20 }.Any(seeds => IsDecided(seeds, true)) ? 1 : 0;

            bool IsDecided(int seeds, bool isAlwaysValid) =>
                SeedComparison.Of(level[..seeds], other[..seeds], isAlwaysValid: isAlwaysValid)!.IsDecided;
        }

        Say($"5, 10, 15, 20 seeds: each look as planned {Share(asPlanned)}, later ones valid at every look {Share(atEveryLook)}");
        Assert.InRange(atEveryLook, 0, SimulatedRuns.MostFalseAlarms);
    }

    /// <summary>Percentile interval over seeds and rows drawn with replacement.</summary>
    private static ConfidenceInterval Bootstrap(SeededRandom random, bool[][] baseline, bool[][] other)
    {
        const int Resamples = 500;
        int rows = baseline[0].Length;
        double[] means = new double[Resamples];
        int[] drawn = new int[rows];
        for (int i = 0; i < Resamples; i++)
        {
            for (int row = 0; row < rows; row++)
            {
                drawn[row] = random.Next(rows);
            }

            int sum = 0;
            for (int k = 0; k < baseline.Length; k++)
            {
                int seed = random.Next(baseline.Length);
                sum += drawn.Sum(row => (other[seed][row] ? 1 : 0) - (baseline[seed][row] ? 1 : 0));
            }

            means[i] = (double)sum / (rows * baseline.Length);
        }

        Array.Sort(means);
        return new(means[(int)(0.025 * Resamples)], means[(int)(0.975 * Resamples)]);
    }

    private static string Share(int count) => (count / (double)SimulatedRuns.Draws).ToString("0.0 %", CultureInfo.InvariantCulture);

    private void Say(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
