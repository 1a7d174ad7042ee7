using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Support;

/// <summary>
/// Runs of methods over seeds on the same rows: rows differ in difficulty, each method finds some rows easier than others, and a seed
/// moves all rows of a run at once.
/// </summary>
/// <param name="rows">Number of test rows, drawn again for every simulated study.</param>
/// <param name="seedEffect">Standard deviation of a seed's effect, in logits.</param>
/// <param name="taste">Standard deviation of what a method finds easy, in logits.</param>
internal sealed class SimulatedRuns(ulong seed, int rows, double seedEffect, double taste)
{
    public const int Draws = 2000;

    /// <summary>93 % less two standard errors of 2,000 draws.</summary>
    public const int LeastCovered = 1860 - 23;

    /// <summary>5 % and two standard errors of 2,000 draws.</summary>
    public const int MostFalseAlarms = 100 + 20;

    private readonly SeededRandom _random = new(seed);

    /// <summary>Draws the rows and runs every method on them; the methods are equally good over all rows there could be.</summary>
    /// <param name="methods">Number of methods.</param>
    /// <param name="seeds">Number of seeds of each.</param>
    /// <param name="advantage">Of every method but the first, in logits.</param>
    public bool[][][] Study(int methods, int seeds, double advantage = 0)
    {
        double[] difficulty = [.. Enumerable.Range(0, rows).Select(_ => 0.5 + (1.5 * Normal()))];
        return [.. Enumerable.Range(0, methods).Select(method => Runs(difficulty, seeds, method == 0 ? 0 : advantage))];
    }

    public static double[] Accuracies(bool[][] runs) => [.. runs.Select(run => run.Count(isRight => isRight) / (double)run.Length)];

    public static SeedComparison Compare(bool[][] baseline, bool[][] other, bool isPaired = true) =>
        SeedComparison.Of(Accuracies(baseline), Accuracies(other), isPaired, RowNoise.Of(baseline, other))!;

    /// <summary>Difference in accuracy over all rows and seeds there could be, by averaging many.</summary>
    public static double TrueDifference(double seedEffect, double taste, double advantage)
    {
        var many = new SimulatedRuns(99, 1, seedEffect, taste);
        double sum = 0;
        const int Many = 400_000;
        for (int i = 0; i < Many; i++)
        {
            double logit = 0.5 + (1.5 * many.Normal()) + (taste * many.Normal()) + (seedEffect * many.Normal());
            sum += Sigmoid(logit + advantage) - Sigmoid(logit);
        }

        return sum / Many;
    }

    /// <summary>Box and Muller's normal variable.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private bool[][] Runs(double[] difficulty, int seeds, double advantage)
    {
        double[] logits = [.. difficulty.Select(d => d + advantage + (taste * Normal()))];
        return [.. Enumerable.Range(0, seeds).Select(_ => Run(logits, seedEffect * Normal()))];
    }

    private bool[] Run(double[] logits, double effect) => [.. logits.Select(logit => _random.NextDouble() < Sigmoid(logit + effect))];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
