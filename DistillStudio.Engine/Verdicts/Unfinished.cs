using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Verdicts;

/// <summary>What can be said before all runs are tested: how they stand on validation. No claim rests on it.</summary>
internal static class Unfinished
{
    /// <summary>Compares at the last step at which all runs that have evaluations were evaluated.</summary>
    /// <param name="runs">Baseline first.</param>
    public static IEnumerable<string> Sentences(IReadOnlyList<ComparedRun> runs)
    {
        ComparedRun[] evaluated = [.. runs.Where(run => run.Validated.Count > 0)];
        string[] waiting = [.. runs.Where(run => run.Validated.Count == 0 && !run.HasEnded).Select(run => run.Name)];
        if (evaluated.Length > 1 && Standing(evaluated) is { } standing)
        {
            yield return standing;
        }
        else if (waiting.Length == 0 && evaluated.Length > 1)
        {
            yield return "They were never evaluated after the same step.";
        }

        if (waiting.Length > 0)
        {
            yield return $"Waiting for the first evaluation of {VerdictText.List(waiting)}.";
        }
    }

    private static string? Standing(ComparedRun[] runs)
    {
        Dictionary<int, EvaluationCompleted>[] atStep = [
            .. runs.Select(
                run => run.Validated.GroupBy(point => point.Evaluation.Step).ToDictionary(same => same.Key, same => same.Last().Evaluation))
        ];
        int[] shared = [.. atStep[0].Keys.Where(step => atStep.All(looks => looks.ContainsKey(step)))];
        if (shared.Length == 0)
        {
            return null;
        }

        int step = shared.Max();
        double[] accuracies = [.. atStep.Select(looks => looks[step].Accuracy)];
        int lead = Enumerable.Range(1, runs.Length - 1).MaxBy(i => accuracies[i]);
        double difference = accuracies[lead] - accuracies[0];
        string where =
            $"on validation after step {Format.Count(step)}: {VerdictText.Percent(accuracies[lead])} against "
                + $"{VerdictText.Percent(accuracies[0])}";
        return difference switch
        {
            0 => $"So far {runs[lead].Name} and {runs[0].Name} are level {where}.",
            > 0 => $"So far {runs[lead].Name} is {VerdictText.Points(difference)} ahead of {runs[0].Name} {where}.",
            _ => $"So far {runs[lead].Name} is {VerdictText.Points(difference)} behind {runs[0].Name} {where}.",
        };
    }
}
