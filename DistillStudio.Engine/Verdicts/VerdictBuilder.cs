using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Builds the verdict on a set of runs.</summary>
/// <param name="runs">At least two, baseline first.</param>
/// <param name="margin">Margin of equivalence.</param>
/// <param name="others">Further tested runs, for the noise of seeds.</param>
/// <param name="isAtEqualCompute">Compares on validation, when all had taken the same compute.</param>
/// <param name="looks">See <see cref="MethodsClaim.Looks"/>.</param>
internal sealed class VerdictBuilder(
    IReadOnlyList<ComparedRun> runs, double margin, IReadOnlyList<ComparedRun> others, bool isAtEqualCompute,
    IReadOnlyList<int>? looks)
{
    private const string TestComes =
        "Nothing is claimed before all have been tested: looking early would find differences that are not there.";

    private readonly IReadOnlyList<MethodGroup> _groups = MethodGrouping.Of(runs);
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
            IsAtEqualCompute = isAtEqualCompute,
            ValidationNote = ValidationRows.Note(runs),
            RecordNote = RecordGaps.Remark(runs.Select(run => (run.Name, run.UnreadableLines))),
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

        Dictionary<string, AnswerSheet> sheets = Examine();
        if (!isAtEqualCompute)
        {
            return Judged(verdict, Pairs(new(sheets, _collapsed.ContainsKey, looks), runs, _groups), troubles);
        }

        (EqualComputeRuns? cut, string? whyNone) = EqualComputeRuns.Of(runs);
        if (cut is null)
        {
            return verdict with { Sentences = [whyNone!, .. troubles], Collapsed = _collapsed };
        }

        var claims = new ClaimBuilder(cut.Sheets, _collapsed.ContainsKey, looks);
        return Judged(verdict, Pairs(claims, cut.Runs, MethodGrouping.Of(cut.Runs)), troubles, cut.Text);
    }

    /// <param name="verdict">The verdict without its claims.</param>
    /// <param name="claims">The claims, not judged yet.</param>
    /// <param name="troubles">Sentences on runs without a test.</param>
    /// <param name="basis">Says what is compared, as a sentence; null for the tests.</param>
    private Verdict Judged(Verdict verdict, IReadOnlyList<ComparedPair> claims, string[] troubles, string? basis = null)
    {
        IReadOnlyList<ComparedPair> pairs = Judge(claims);
        ComparedRun[][] left = [.. _groups.Select(LeftOut)];
        ComparedPair leading = pairs.MaxBy(
            pair => pair.Methods?.Seeds is not null ? pair.Methods.Difference : pair.Models.Rows?.Difference ?? double.MinValue)!;
        return verdict with
        {
            Pairs = pairs,
            Leading = leading,
            Sentences = [.. basis is null ? [] : new[] { basis }, .. leading.Sentences, .. OneMethod(pairs), .. troubles],
            Evidence = [.. new VerdictEvidence(verdict, _collapsed).Of(pairs, leading), .. LeftOutText(left)],
            LeftOut = [.. left.SelectMany(runs => runs).DistinctBy(run => run.Id)],
            Collapsed = _collapsed,
            MoreSeeds = pairs.Any(pair => pair.Methods is
            {
                WhyNone: null, Judgement: { IsDecided: false, IsEquivalent: false }, Collapsed.Count: < 2,
            })
                ? SeedPlan.Of([.. _groups.Select((group, i) => group with { Runs = [.. group.Runs, .. left[i]] })])
                : [],
        };
    }

    private IEnumerable<string> OneMethod(IReadOnlyList<ComparedPair> pairs)
    {
        if (pairs.All(pair => pair.Methods is null))
        {
            ComparedRun[] tested = [.. runs.Where(run => run.Test is not null)];
            bool hasSeeds = !isAtEqualCompute && tested.Any(run => run.Spec.Seed != runs[0].Spec.Seed);
            yield return MethodsText.OneMethod(tested) + (hasSeeds ? MethodsText.NoiseText(_groups[0].Name, Noise()) : "");
        }
    }

    /// <summary>Returns the tested runs with seeds of a compared method that are not compared.</summary>
    private ComparedRun[] LeftOut(MethodGroup group) =>
    [
        .. others.Where(run => run.Test is not null && MethodGrouping.IsSame(group.Runs[0], run)
            && group.Runs.All(compared => compared.Spec.Seed != run.Spec.Seed)),
    ];

    /// <summary>Names the seeds that were left out: who chooses among them chooses a result.</summary>
    /// <param name="left">The runs left out of each group.</param>
    private IEnumerable<string> LeftOutText(ComparedRun[][] left)
    {
        string[] named =
        [
            .. from pair in _groups.Zip(left)
               where pair.Second.Length > 0
               select VerdictText.Seeds(pair.First.Name, [.. pair.Second.Select(run => run.Spec.Seed).Distinct().Order()]),
        ];
        if (named.Length > 0)
        {
            yield return $"Tested runs of further seeds lie here and are not compared: {VerdictText.List(named)}. To choose among seeds "
                + "after they were seen is to choose the result.";
        }
    }

    private Dictionary<string, AnswerSheet> Examine()
    {
        var sheets = new Dictionary<string, AnswerSheet>();
        foreach (ComparedRun run in runs.Where(run => run.Test is not null))
        {
            if (AnswerSheet.Read(run) is { } sheet)
            {
                sheets[run.Id] = sheet;
            }

            if (Collapse.Of(run, sheets.GetValueOrDefault(run.Id)) is { } why)
            {
                _collapsed[run.Id] = why;
            }
        }

        return sheets;
    }

    /// <summary>Pairs the baseline's method with each other one; runs of a single method with the baseline.</summary>
    private List<ComparedPair> Pairs(ClaimBuilder claims, IReadOnlyList<ComparedRun> compared, IReadOnlyList<MethodGroup> groups)
    {
        ComparedRun baseline = compared[0];
        return groups.Count == 1
            ? [.. compared.Skip(1).Where(run => run.Test is not null).Select(run => new ComparedPair(Models(run), null))]
            : [
                .. groups.Skip(1).Where(group => group.Tested.Any()).Select(
                    group => new ComparedPair(Models(Partner(baseline, group)), claims.Methods(groups[0], group))
            {
                EqualCompute = isAtEqualCompute ? null : EqualCompute.Of([.. groups[0].Tested], [.. group.Tested]),
                WithoutCollapsed = Without(claims, groups[0], group),
            })];

        ModelsClaim Models(ComparedRun run) => isAtEqualCompute ? claims.OfValidation(baseline, run) : claims.Models(baseline, run);
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

    private IReadOnlyList<ComparedPair> Judge(IReadOnlyList<ComparedPair> pairs)
    {
        IReadOnlyList<Judgement> models = Multiplicity.Judge([.. pairs.Select(pair => pair.Models.Rows)], margin);
        SeedNoise? noise = isAtEqualCompute ? null : Noise();
        return
        [
            .. Multiplicity.JudgeMethods(pairs, margin)
                .Select((pair, i) => pair with { Models = pair.Models.Judged(models[i]) })
                .Select(pair => pair with { Sentences = [.. Sentences(pair, noise)] }),
        ];
    }

    private IEnumerable<string> Sentences(ComparedPair pair, SeedNoise? noise)
    {
        yield return ModelsText.Sentence(pair.Models, margin);
        if (pair.Methods is { } methods)
        {
            yield return MethodsText.Sentence(methods, margin, noise);
        }

        if (MethodsText.WithoutCollapsed(pair, _collapsed.ContainsKey, margin) is { } rest)
        {
            yield return rest;
        }
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

    private sealed record TestedSeed(int Seed, double Accuracy);
}
