using DistillStudio.Components.Controls;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Statistics;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>The leading run, the metric on which it leads, and whether the lead exceeds chance.</summary>
/// <param name="Sentence">Headline sentence.</param>
/// <param name="Evidence">Strength of the evidence: confidence interval and test of the difference, or the reason why it is
/// inconclusive.</param>
/// <param name="Difference">Accuracy of the leader minus that of the baseline, as a fraction.</param>
public sealed record Verdict(string Sentence, string Evidence, double Difference)
{
    /// <summary>Returns null if there is nothing to compare yet.</summary>
    /// <param name="runs">Runs to compare, baseline first.</param>
    /// <param name="names">Names of the runs, in the same order.</param>
    /// <param name="evaluations">Evaluations of each run, in the same order.</param>
    public static Verdict? Of(IReadOnlyList<RunSummary> runs, IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<EvaluationCompleted>> evaluations)
    {
        if (runs.Count < 2)
        {
            return null;
        }

        bool isFinal = runs.All(r => r.Result?.Test is not null) && runs.Select(r => r.Spec.Dataset).Distinct().Count() == 1;
        return isFinal ? OfTests(runs, names) : OfValidation(names, evaluations);
    }

    private static Verdict OfTests(IReadOnlyList<RunSummary> runs, IReadOnlyList<string> names)
    {
        TestResult[] tests = [.. runs.Select(r => r.Result!.Test!)];
        int lead = LeaderOf([.. tests.Select(t => t.Accuracy)]);
        double difference = tests[lead].Accuracy - tests[0].Accuracy;
        string evidence = Weigh(runs[0], runs[lead], names[0], names[lead]) + Conditions([runs[0], runs[lead]]);
        return new(Say(names, lead, tests[lead].Accuracy, tests[0].Accuracy, difference, "on test"), evidence, difference);
    }

    /// <summary>
    /// Compares paired answers if both runs stored them, which is more powerful than comparing the two confidence intervals.
    /// </summary>
    private static string Weigh(RunSummary baseline, RunSummary leader, string baselineName, string leaderName)
    {
        TestPairing pairing = TestAnswers.Pair(baseline.Folder, leader.Folder);
        if (pairing.Comparison is { } paired)
        {
            ConfidenceInterval interval = paired.DifferenceInterval();
            double p = paired.PValue();
            string chance = p < 0.001 ? "p < 0.001" : $"p = {p:0.000}";
            string reading = interval.Contains(0) ? "which may be chance: more test rows or more seeds would tell" : "more than chance does";
            return $"95 % interval of the difference {Format.Points(interval.Low)} to {Format.Points(interval.High)}, {reading} "
                + $"(McNemar {chance}: only {leaderName} is right on {paired.OnlySecond} of {paired.Rows} rows, only {baselineName} on {paired.OnlyFirst}).";
        }

        TestResult first = baseline.Result!.Test!;
        TestResult second = leader.Result!.Test!;
        var one = ConfidenceInterval.OfProportion(first.Correct, first.Rows);
        var other = ConfidenceInterval.OfProportion(second.Correct, second.Rows);
        return (other.Low > one.High || other.High < one.Low
            ? "The 95 % intervals of the two do not overlap."
            : "The 95 % intervals overlap: more test rows or more seeds would tell.") + $" {pairing.Refusal}";
    }

    /// <summary>Describes differing compute conditions, which change results as another seed does; empty if there are none.</summary>
    private static string Conditions(IReadOnlyList<RunSummary> runs)
    {
        string[] differing = [.. RunDifferences.OfConditions(runs).Where(c => !c.IsSame).Select(c => c.Title.ToLowerInvariant())];
        return differing.Length == 0 ? "" : $" They were not computed alike ({string.Join(", ", differing)} differ), which moves results through rounding as another seed would.";
    }

    private static Verdict? OfValidation(IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<EvaluationCompleted>> evaluations)
    {
        Dictionary<int, EvaluationCompleted>[] atStep = [.. evaluations.Select(list => list.Where(e => e.Split == Dataset.Valid).GroupBy(e => e.Step).ToDictionary(g => g.Key, g => g.Last()))];
        int[] shared = [.. atStep[0].Keys.Where(step => atStep.All(e => e.ContainsKey(step)))];
        if (shared.Length == 0)
        {
            return null;
        }

        int step = shared.Max();
        double[] accuracies = [.. atStep.Select(e => e[step].Accuracy)];
        int lead = LeaderOf(accuracies);
        double difference = accuracies[lead] - accuracies[0];
        return new(
            Say(names, lead, accuracies[lead], accuracies[0], difference, $"on validation at step {Format.Count(step)}"),
            "Not over yet: the test accuracy comes when all have finished.",
            difference);
    }

    /// <summary>Returns the index of the best run other than the baseline, which may still be behind the baseline.</summary>
    private static int LeaderOf(double[] accuracies) => Enumerable.Range(1, accuracies.Length - 1).MaxBy(i => accuracies[i]);

    private static string Say(IReadOnlyList<string> names, int lead, double leader, double baseline, double difference, string where) => difference switch
    {
        0 => $"{names[lead]} and {names[0]} are level {where}: {Format.Percent(leader)}.",
        > 0 => $"{names[lead]} leads {names[0]} by {Math.Abs(difference) * 100:0.0} points {where}: {Format.Percent(leader)} against {Format.Percent(baseline)}.",
        _ => $"{names[lead]} is {Math.Abs(difference) * 100:0.0} points behind {names[0]} {where}: {Format.Percent(leader)} against {Format.Percent(baseline)}.",
    };
}
