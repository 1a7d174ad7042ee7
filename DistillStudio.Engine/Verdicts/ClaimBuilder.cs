using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Pairs rows and seeds into claims that are not judged yet.</summary>
/// <param name="sheets">Answers by the id of a run; a run without answers is absent.</param>
internal sealed class ClaimBuilder(IReadOnlyDictionary<string, AnswerSheet> sheets)
{
    /// <summary>Pairs the rows that two tested runs have in common.</summary>
    public ModelsClaim Models(ComparedRun baseline, ComparedRun other)
    {
        (int ofBaseline, int ofOther) = (baseline.Test!.Rows, other.Test!.Rows);
        if (baseline.Spec.Dataset != other.Spec.Dataset)
        {
            return new(baseline, other, 0, ofBaseline, ofOther, $"cannot be compared: {baseline.Name} was tested on {baseline.Spec.Dataset}, {other.Name} on {other.Spec.Dataset}.");
        }

        if (WithoutAnswers([baseline, other]) is { } missing)
        {
            return new(baseline, other, 0, ofBaseline, ofOther, $"cannot be paired row by row: the answers of {missing} are missing or damaged.");
        }

        (AnswerSheet first, AnswerSheet second) = (sheets[baseline.Id], sheets[other.Id]);
        IReadOnlyList<string> keys = AnswerSheet.SharedKeys([first, second]);
        return keys.Count == 0
            ? new(baseline, other, 0, ofBaseline, ofOther, $"cannot be compared: they were tested on different rows, {Format.Count(ofBaseline)} and {Format.Count(ofOther)}, and share none.")
            : new(baseline, other, keys.Count, ofBaseline, ofOther, null) { Rows = RowComparison.Of(first.On(keys), second.On(keys)) };
    }

    /// <summary>Pairs the seeds of two methods; where they hardly share any, compares all seeds of one with all of the other.</summary>
    public MethodsClaim Methods(MethodGroup baseline, MethodGroup other)
    {
        IGrouping<int, ComparedRun>[] first = BySeed(baseline);
        IGrouping<int, ComparedRun>[] second = BySeed(other);
        HashSet<int> common = [.. first.Select(seed => seed.Key).Intersect(second.Select(seed => seed.Key))];
        bool isPaired = common.Count > 1 || (common.Count == 1 && Math.Min(first.Length, second.Length) < 2);
        if (isPaired)
        {
            first = [.. first.Where(seed => common.Contains(seed.Key))];
            second = [.. second.Where(seed => common.Contains(seed.Key))];
        }

        ComparedRun[] runs = [.. first.Concat(second).SelectMany(seed => seed)];
        bool hasAnswers = WithoutAnswers(runs) is null;
        IReadOnlyList<string> keys = hasAnswers ? AnswerSheet.SharedKeys([.. runs.Select(run => sheets[run.Id])]) : [];
        string? why = runs.Select(run => run.Spec.Dataset).Distinct().Count() > 1 ? "their runs were tested on different datasets"
            : hasAnswers && keys.Count == 0 ? "there is no row on which all their runs were tested"
            : !hasAnswers && runs.Select(run => run.Test!.Rows).Distinct().Count() > 1 ? "their runs were tested on different rows, and the answers to them are missing"
            : null;
        if (why is not null)
        {
            return new(baseline, other, [], why);
        }

        double[] accuracies = [.. first.Select(seed => seed.Average(run => AccuracyOf(run, keys)))];
        double[] others = [.. second.Select(seed => seed.Average(run => AccuracyOf(run, keys)))];
        SeedPair[] pairs = isPaired ? [.. first.Select((seed, i) => new SeedPair(seed.Key, accuracies[i], others[i]))] : [];
        RowNoise noise = hasAnswers
            ? RowNoise.Of([.. first.Select(seed => sheets[seed.First().Id].On(keys))], [.. second.Select(seed => sheets[seed.First().Id].On(keys))])
            : RowNoise.OfAccuracies(accuracies, others, runs[0].Test!.Rows);
        return new(baseline, other, pairs, null) { Seeds = SeedComparison.Of(accuracies, others, isPaired, noise), Rows = keys.Count, Difference = others.Average() - accuracies.Average() };
    }

    private static IGrouping<int, ComparedRun>[] BySeed(MethodGroup group) => [.. group.Tested.GroupBy(run => run.Spec.Seed).OrderBy(seed => seed.Key)];

    private double AccuracyOf(ComparedRun run, IReadOnlyList<string> keys) =>
        keys.Count == 0 ? run.Test!.Accuracy : sheets[run.Id].On(keys).Count(isRight => isRight) / (double)keys.Count;

    /// <summary>Returns the name of the first run without answers; null if all have them.</summary>
    private string? WithoutAnswers(IEnumerable<ComparedRun> runs) => runs.FirstOrDefault(run => !sheets.ContainsKey(run.Id))?.Name;
}
