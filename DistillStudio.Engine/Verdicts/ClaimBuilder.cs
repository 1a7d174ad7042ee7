using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Pairs rows and seeds into claims that are not judged yet.</summary>
/// <param name="sheets">Answers by the id of a run; a run without answers is absent.</param>
/// <param name="isCollapsed">Returns true for the id of a run that collapsed.</param>
/// <param name="looks">See <see cref="MethodsClaim.Looks"/>.</param>
internal sealed class ClaimBuilder(
    IReadOnlyDictionary<string, AnswerSheet> sheets, Func<string, bool> isCollapsed, IReadOnlyList<int>? looks = null)
{
    private const string BothCollapsed =
        "Both collapsed: neither learned more than to give the commonest answer, and nothing follows from that.";

    /// <summary>Pairs the rows that two tested runs have in common.</summary>
    public ModelsClaim Models(ComparedRun baseline, ComparedRun other)
    {
        ModelsClaim claim = OfTest(baseline, other) with { Collapsed = [.. new[] { baseline, other }.Where(run => isCollapsed(run.Id))] };
        return claim is { Rows: not null, Collapsed.Count: 2 } ? claim with { Rows = null, WhyNone = BothCollapsed } : claim;
    }

    /// <summary>Pairs the answers of two runs on validation.</summary>
    public ModelsClaim OfValidation(ComparedRun baseline, ComparedRun other)
    {
        (int ofBaseline, int ofOther) = (baseline.Test!.Rows, other.Test!.Rows);
        bool hasAnswers = sheets.ContainsKey(baseline.Id) && sheets.ContainsKey(other.Id);
        IReadOnlyList<IReadOnlyList<bool>> rows = hasAnswers ? AnswerSheet.Align([sheets[baseline.Id], sheets[other.Id]]) : [];
        return rows.Count > 0
            ? new(
                baseline, other, rows[0].Count, ofBaseline, ofOther,
                null)
            { Rows = RowComparison.Of(rows[0], rows[1]), RowWord = "validation row" }
            : new(baseline, other, 0, ofBaseline, ofOther, "Their validation rows differ, or their answers to them were not kept.");
    }

    private static ModelsClaim OfTest(ComparedRun baseline, ComparedRun other)
    {
        (int ofBaseline, int ofOther) = (baseline.Test!.Rows, other.Test!.Rows);
        if (baseline.Spec.Dataset != other.Spec.Dataset)
        {
            return new(
                baseline, other, 0, ofBaseline, ofOther,
                $"{baseline.Name} was tested on {baseline.Spec.Dataset}, {other.Name} on {other.Spec.Dataset}.");
        }

        TestPairing pairing = TestAnswers.Pair(baseline.Folder, other.Folder);
        return pairing.Comparison is { } table
            ? new(baseline, other, pairing.Shared.Count, pairing.FirstRows, pairing.SecondRows, null) { Rows = new RowComparison(table) }
            : new(baseline, other, 0, ofBaseline, ofOther, pairing.Refusal);
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
        bool hasAnswers = runs.All(run => sheets.ContainsKey(run.Id));
        IReadOnlyList<IReadOnlyList<bool>> rows = hasAnswers ? AnswerSheet.Align([.. runs.Select(run => sheets[run.Id])]) : [];
        MethodGroup[] collapsed = [.. new[] { baseline, other }.Where(group => group.Tested.All(run => isCollapsed(run.Id)))];
        bool isLookedAt = looks is { Count: > 0 };
        string? why = collapsed.Length == 2 ? "all their runs collapsed"
            : isLookedAt && !isPaired ? "their seeds do not pair, and some were added after a verdict could be seen"
            : WhyNot(runs, hasAnswers, rows.Count > 0);
        if (why is not null)
        {
            return new(baseline, other, [], why) { Collapsed = collapsed };
        }

        // Repetitions of a seed, as on other devices, are averaged; they are no further seeds.
        Dictionary<string, int> places = runs.Select((run, i) => (run.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i);
        double[] accuracies = [.. first.Select(seed => seed.Average(AccuracyOf))];
        double[] others = [.. second.Select(seed => seed.Average(AccuracyOf))];
        RowNoise noise = rows.Count > 0
            ? RowNoise.Of(
                [.. first.Select(seed => rows[places[seed.First().Id]])], [.. second.Select(seed => rows[places[seed.First().Id]])])
            : RowNoise.OfAccuracies(accuracies, others, runs[0].Test!.Rows);
        return new(baseline, other, isPaired ? [.. first.Select((seed, i) => new SeedPair(seed.Key, accuracies[i], others[i]))] : [], null)
        {
            Seeds = SeedComparison.Of(accuracies, others, isPaired, noise, isLookedAt),
            Looks = looks,
            Rows = rows.Count > 0 ? rows[0].Count : 0,
            Difference = others.Average() - accuracies.Average(),
            Collapsed = collapsed,
        };

        double AccuracyOf(ComparedRun run) =>
            rows.Count == 0 ? run.Test!.Accuracy : rows[places[run.Id]].Count(isRight => isRight) / (double)rows[places[run.Id]].Count;
    }

    private static string? WhyNot(ComparedRun[] runs, bool hasAnswers, bool hasRows) =>
        runs.Select(run => run.Spec.Dataset).Distinct().Count() > 1 ? "their runs were tested on different datasets"
        : hasAnswers && !hasRows ? "there is no row on which all their runs were tested"
        : !hasAnswers && runs.Select(run => run.Test!.Rows).Distinct().Count() > 1 ? "their runs were tested on different rows, "
            + "and the answers to them are missing"
        : null;

    private static IGrouping<int, ComparedRun>[] BySeed(MethodGroup group) =>
        [.. group.Tested.GroupBy(run => run.Spec.Seed).OrderBy(seed => seed.Key)];
}
