using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Builds the verdict on a set of runs.</summary>
/// <param name="runs">At least two, baseline first.</param>
/// <param name="margin">Margin of equivalence.</param>
/// <param name="others">Further tested runs, for the noise of seeds.</param>
internal sealed class VerdictBuilder(IReadOnlyList<ComparedRun> runs, double margin, IReadOnlyList<ComparedRun> others)
{
    private const string TestComes =
        "Nothing is claimed before all have been tested: looking early would find differences that are not there.";

    private readonly IReadOnlyList<MethodGroup> _groups = MethodGrouping.Of(runs);
    private readonly Dictionary<string, AnswerSheet> _sheets = [];
    private readonly Dictionary<string, string> _collapsed = [];

    public Verdict Build()
    {
        string[] troubles = [.. runs.Select(RunTrouble.Of).OfType<string>()];
        var verdict = new Verdict
        {
            Runs = runs,
            Groups = _groups,
            Margin = margin,
            Sentences = troubles,
            ValidationNote = ValidationRows.Note(runs),
            Optimistic = Optimistic(),
        };
        if (runs.Any(run => run.Test is null && !run.HasEnded))
        {
            return verdict with { Sentences = [.. Unfinished.Sentences(runs), .. troubles], Evidence = [TestComes] };
        }

        if (runs[0].Test is null || runs.Count(run => run.Test is not null) < 2)
        {
            return verdict with
            {
                Sentences = [.. troubles, .. Unfinished.Sentences(runs)],
                Evidence = ["A verdict takes a tested baseline and another tested run."],
            };
        }

        Examine();
        IReadOnlyList<ComparedPair> pairs = Judge(Pairs());
        ComparedPair leading = pairs.MaxBy(
            pair => pair.Methods?.Seeds is not null ? pair.Methods.Difference : pair.Models.Rows?.Difference ?? double.MinValue)!;
        IReadOnlyList<ComparedRun> tested = [.. runs.Where(run => run.Test is not null)];
        string noise = tested.Any(run => run.Spec.Seed != runs[0].Spec.Seed) ? MethodsText.NoiseText(_groups[0].Name, Noise()) : "";
        string[] oneMethod = pairs.All(pair => pair.Methods is null) ? [MethodsText.OneMethod(tested) + noise] : [];
        return verdict with
        {
            Pairs = pairs,
            Leading = leading,
            Sentences = [.. leading.Sentences, .. oneMethod, .. troubles],
            Evidence = [.. Evidence(pairs, leading, verdict.Optimistic.Count > 0)],
            Collapsed = _collapsed,
            MoreSeeds =
                pairs.Any(pair => pair.Methods is { Judgement: { IsDecided: false, IsEquivalent: false } }) ? SeedPlan.Of(_groups) : [],
        };
    }

    private void Examine()
    {
        foreach (ComparedRun run in runs.Where(run => run.Test is not null))
        {
            if (AnswerSheet.Read(run) is { } sheet)
            {
                _sheets[run.Id] = sheet;
            }

            if (Collapse.Of(run, _sheets.GetValueOrDefault(run.Id)) is { } why)
            {
                _collapsed[run.Id] = why;
            }
        }
    }

    /// <summary>Pairs the baseline's method with each other one; runs of a single method with the baseline.</summary>
    private List<ComparedPair> Pairs()
    {
        var claims = new ClaimBuilder(_sheets);
        ComparedRun baseline = runs[0];
        return _groups.Count == 1
            ? [.. runs.Skip(1).Where(run => run.Test is not null).Select(run => new ComparedPair(ClaimBuilder.Models(baseline, run), null))]
            : [
                .. _groups.Skip(1).Where(group => group.Tested.Any()).Select(
                    group => new ComparedPair(ClaimBuilder.Models(baseline, Partner(baseline, group)), claims.Methods(_groups[0], group))
            {
                EqualCompute = EqualCompute.Of([.. _groups[0].Tested], [.. group.Tested]),
                WithoutCollapsed = Without(claims, _groups[0], group),
            })];
    }

    /// <summary>Returns the run of a method with the baseline's seed, or the first.</summary>
    private static ComparedRun Partner(ComparedRun baseline, MethodGroup group) =>
        group.Tested.FirstOrDefault(run => run.Spec.Seed == baseline.Spec.Seed) ?? group.Tested.First();

    private MethodsClaim? Without(ClaimBuilder claims, MethodGroup baseline, MethodGroup other)
    {
        MethodGroup[] left = [
            .. new[] { baseline, other }.Select(
                group => group with { Runs = [.. group.Runs.Where(run => !_collapsed.ContainsKey(run.Id))] })
        ];
        bool isWhole = left[0].Runs.Count == baseline.Runs.Count && left[1].Runs.Count == other.Runs.Count;
        return isWhole || left.Any(group => !group.Tested.Any()) ? null : claims.Methods(left[0], left[1]);
    }

    private IReadOnlyList<ComparedPair> Judge(List<ComparedPair> pairs)
    {
        IReadOnlyList<Judgement> models = Multiplicity.Judge([.. pairs.Select(pair => pair.Models.Rows)], margin);
        IReadOnlyList<Judgement> methods = Multiplicity.Judge([.. pairs.Select(pair => pair.Methods?.Seeds)], margin);
        IReadOnlyList<Judgement> without = Multiplicity.Judge(
            [.. pairs.Select(pair => (pair.WithoutCollapsed ?? pair.Methods)?.Seeds)], margin);
        SeedNoise? noise = Noise();
        return
        [
            .. pairs.Select((pair, i) => pair with
            {
                Models = pair.Models with { Judgement = models[i] },
                Methods = pair.Methods is { } claim ? claim with { Judgement = methods[i] } : null,
                WithoutCollapsed = pair.WithoutCollapsed is { } rest ? rest with { Judgement = without[i] } : null,
            }).Select(pair => pair with { Sentences = [.. Sentences(pair, noise)] }),
        ];
    }

    private IEnumerable<string> Sentences(ComparedPair pair, SeedNoise? noise)
    {
        yield return ModelsText.Sentence(pair.Models, margin);
        if (pair.Methods is { } methods)
        {
            yield return MethodsText.Sentence(methods, margin, noise);
        }

        if (pair.WithoutCollapsed is { } rest)
        {
            string[] names = [.. runs.Where(run => _collapsed.ContainsKey(run.Id)).Select(run => run.Name)];
            yield return $"Without {VerdictText.List(names)}, which collapsed: {Lower(MethodsText.Sentence(rest, margin, null))}";
        }
    }

    private IEnumerable<string> Evidence(IReadOnlyList<ComparedPair> pairs, ComparedPair leading, bool isOptimistic)
    {
        int compared = pairs.Count(pair => pair.Models.Rows is not null);
        if (ModelsText.Evidence(leading.Models, compared) is { } rows)
        {
            yield return rows;
        }

        if (leading.Methods is { } methods && MethodsText.Evidence(methods) is { } seeds)
        {
            yield return seeds;
        }

        if (pairs.Count > 1)
        {
            yield return $"The largest of {pairs.Count} differences from {(_groups.Count > 1 ? _groups[0].Name : runs[0].Name)} is told "
                + $"above; p values and intervals are corrected for all {pairs.Count} (Holm), so choosing it is allowed for.";
        }

        if (leading.EqualCompute is { } equal)
        {
            yield return $"At equal compute ({equal.Compute}), on validation: {leading.Methods!.Other.Name} "
                + $"{VerdictText.Percent(equal.Other)}, {_groups[0].Name} {VerdictText.Percent(equal.Baseline)}.";
        }

        if (_groups.Count > 1 && RunCondition.Differing(runs) is { Count: > 0 } conditions)
        {
            yield return $"The runs were not computed alike: {VerdictText.List(conditions)} differ, which changes results by rounding as "
                + $"another seed would.";
        }

        if (LastWeights(leading) is { } last)
        {
            yield return last;
        }

        if (isOptimistic)
        {
            yield return "The best accuracies on validation are optimistic: each is the highest of several evaluations on few rows. "
                + "The test is not chosen from.";
        }

        foreach (string why in _collapsed.Values)
        {
            yield return why + ".";
        }
    }

    /// <summary>Compares the weights of the last steps where the tested ones were chosen on validation; null if they are the
    /// same.</summary>
    private static string? LastWeights(ComparedPair pair)
    {
        ComparedRun[][] sides = pair.Methods is { } methods
            ? [[.. methods.Baseline.Tested], [.. methods.Other.Tested]]
            : [[pair.Models.Baseline], [pair.Models.Other]];
        string[] names =
            pair.Methods is { } named ? [named.Baseline.Name, named.Other.Name] : [pair.Models.Baseline.Name, pair.Models.Other.Name];
        bool isOther = sides.SelectMany(side => side).All(run => run.Result!.TestLast is not null)
            && sides.SelectMany(side => side).Any(run => run.Result!.TestLast!.Step != run.Test!.Step);
        return isOther
            ? $"Of the last step's weights, tested too: "
                + $"{names[1]} {VerdictText.Percent(sides[1].Average(run => run.Result!.TestLast!.Accuracy))}, "
                + $"{names[0]} {VerdictText.Percent(sides[0].Average(run => run.Result!.TestLast!.Accuracy))}."
            : null;
    }

    /// <summary>Estimates the noise of the baseline's method from its seeds, compared here or not.</summary>
    private SeedNoise? Noise()
    {
        TestedSeed[] seeds =
        [
            .. runs.Concat(others)
                .Where(run => run.Test is not null && MethodGrouping.IsSame(runs[0], run) && run.Test.Rows == runs[0].Test!.Rows)
                .DistinctBy(run => run.Spec.Seed)
                .Select(run => new TestedSeed(run.Spec.Seed, run.Test!.Accuracy)),
        ];
        return SeedNoise.Of([.. seeds.Select(seed => seed.Accuracy)]);
    }

    private Dictionary<string, string> Optimistic() =>
        runs.Select(run => (run.Id, Why: Collapse.Optimism(run))).Where(pair => pair.Why is not null).DistinctBy(pair => pair.Id)
            .ToDictionary(pair => pair.Id, pair => pair.Why!);

    private static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];

    private sealed record TestedSeed(int Seed, double Accuracy);
}
