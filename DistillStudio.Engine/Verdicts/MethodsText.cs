using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>The claim about two methods in words.</summary>
internal static class MethodsText
{
    private const string NothingFollows = "Nothing follows about methods.";

    private const string BothCollapsed = "they learned no more than to give the commonest answer, which tells nothing about either method. "
        + "Train longer, or with another learning rate, and compare again.";

    private const int MostNamed = 3;

    /// <summary>Settings that change what is evaluated or kept, and not what is learned.</summary>
    private static readonly Setting[] Evaluated = [SettingsTable.EvalLimit, SettingsTable.OutputRationale];

    /// <summary>Returns the claim as sentences.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="margin">Margin of equivalence.</param>
    /// <param name="noise">How much the baseline's own seeds differ; null if unknown.</param>
    public static string Sentence(MethodsClaim claim, double margin, SeedNoise? noise) =>
        Finding(claim, margin, noise) + (claim is { Seeds.IsAlwaysValid: true, Looks: { } looks }
            ? $" Seeds were added after a verdict on {VerdictText.List([.. looks.Select(look => Format.Count(look))])} could be seen: "
                + "interval and p value are those that hold at every look."
            : "");

    private static string Finding(MethodsClaim claim, double margin, SeedNoise? noise)
    {
        (string one, string other) = (claim.Baseline.Name, claim.Other.Name);
        if (claim.Collapsed.Count == 2)
        {
            int runs = claim.Baseline.Tested.Count() + claim.Other.Tested.Count();
            return $"The methods: {(runs == 2 ? "both runs" : $"all {Format.Plural(runs, "run")}")} of {one} and {other} collapsed: "
                + BothCollapsed;
        }

        if (claim.WhyNone is { } why)
        {
            return $"The methods: they cannot be compared, for {why}.";
        }

        if (claim.Seeds is not { } seeds)
        {
            bool isOneEach = claim.Baseline.Seeds.Count == 1 && claim.Other.Seeds.Count == 1;
            return $"The methods: one seed {(isOneEach ? "each" : "of one of them")} tells nothing about methods.{NoiseText(one, noise)} "
                + $"{SeedPlan.Offered} more seeds would begin to tell.";
        }

        string over = seeds.IsPaired ? $"over {Format.Plural(seeds.Seeds, "seed")} that both have" : $"over {claim.Baseline.Seeds.Count} "
            + $"and {Format.Plural(claim.Other.Seeds.Count, "seed")}";
        string found =
            $"{VerdictText.Level(claim.Judgement.Level)} interval {VerdictText.Between(claim.Judgement.Interval)}, "
                + $"{VerdictText.P(claim.Judgement.PValue)}";
        string mean = $"{VerdictText.Points(seeds.Difference)} {(seeds.Difference >= 0 ? "more" : "fewer")}";
        return claim.Judgement switch
        {
            { IsDecided: true } judged => $"The methods: {other} is {(seeds.Difference > 0 ? "better" : "worse")} than {one} by "
                + $"{VerdictText.Points(seeds.Difference)} on average {over}"
                + $"{(judged.IsEquivalent ? $", though within {VerdictText.Margin(margin)}" : "")} "
                + $"({found}{(judged.IsEquivalent ? $"; {VerdictText.Within(judged.Equivalence!, margin)}" : "")}).",
            { IsEquivalent: true } judged => $"The methods: {other} is as good as {one} within {VerdictText.Margin(margin)} {over} "
                + $"({VerdictText.Within(judged.Equivalence!, margin)}).",
            _ => $"The methods: no difference can be told {over}: {other} gets {mean} on average ({found}){Needed(claim, seeds, margin)}.",
        };
    }

    /// <summary>Returns the claim without the runs that collapsed, as a sentence; null if no run of the two did.</summary>
    /// <param name="pair">The two methods; both judged.</param>
    /// <param name="isCollapsed">Returns true for the id of a run that collapsed.</param>
    /// <param name="margin">Margin of equivalence.</param>
    public static string? WithoutCollapsed(ComparedPair pair, Func<string, bool> isCollapsed, double margin)
    {
        if (pair.Methods is not { Collapsed.Count: < 2 } methods)
        {
            return null;
        }

        if (methods.Collapsed is [var only])
        {
            int count = only.Tested.Count();
            return $"{(count == 1 ? "The only run" : $"All {Format.Plural(count, "run")}")} of {only.Name} collapsed: "
                + "that it did not learn here is all that follows; how good it is where it learns is not known.";
        }

        string[] names = [.. methods.Baseline.Runs.Concat(methods.Other.Runs).Where(run => isCollapsed(run.Id)).Select(run => run.Name)];
        return pair.WithoutCollapsed is { } rest
            ? $"Without {Named(names)}, which collapsed: {VerdictText.Lower(Finding(rest, margin, null))}"
            : null;
    }

    private static string Named(string[] names) =>
        names.Length <= MostNamed ? VerdictText.List(names) : $"the {Format.Count(names.Length)} runs";

    /// <summary>Returns the differences of the seeds; null if they do not pair.</summary>
    public static string? Evidence(MethodsClaim claim) => claim.Pairs.Count < 2 ? null
        : $"{claim.Other.Name} minus {claim.Baseline.Name}, by seed: "
            + $"{string.Join(", ", claim.Pairs.Select(pair => $"{VerdictText.Signed(pair.Other - pair.Baseline)} (seed {pair.Seed})"))} "
            + $"points"
            + $"{(claim.Rows > 0 ? $", each on the same {Format.Plural(claim.Rows, "row")}" : "")}"
            + $"{(claim.Seeds?.PermutationPValue is { } p ? Permutation(claim.Pairs.Count, p) : "")}.";

    private static string Permutation(int pairs, double p) =>
        $"; exact permutation test of the {pairs} differences {VerdictText.P(p)}, by itself";

    /// <summary>Says why runs of one method tell nothing about methods.</summary>
    /// <param name="runs">At least two tested runs of one method.</param>
    public static string OneMethod(IReadOnlyList<ComparedRun> runs)
    {
        string[] evaluated = [
            .. SettingsTable.Differing([.. runs.Select(run => run.Spec)]).Where(pair => Evaluated.Contains(pair.Setting)).Select(
                pair => pair.Setting.Title.ToLowerInvariant())
        ];
        IReadOnlyList<string> conditions = RunCondition.Differing(runs);
        bool hasSeeds = runs.Select(run => run.Spec.Seed).Distinct().Count() > 1;
        return (hasSeeds, evaluated.Length, conditions.Count) switch
        {
            (false, 0, 0) => $"The methods: these runs have the same settings and the same seed, and repeat each other. {NothingFollows}",
            (false, 0, _) => $"The methods: same settings; the runs differ by rounding, in {VerdictText.List(conditions)}, "
                + $"as they would with another seed. {NothingFollows}",
            _ => $"The methods: these runs are of one method and differ only in "
                + $"{VerdictText.List([.. hasSeeds ? ["the seed"] : Array.Empty<string>(), .. evaluated, .. conditions])}. "
                + $"{NothingFollows}",
        };
    }

    /// <summary>Says how much the seeds of a method differ; empty if that is unknown.</summary>
    public static string NoiseText(string method, SeedNoise? noise) => noise is null
        ? ""
        : $" Two runs of {method} that differ only in their seed are {VerdictText.Points(noise.ExpectedDifference)} apart on average here, "
            + $"and within {VerdictText.Points(noise.Range)} in 95 of 100 cases"
            + $" (from {Format.Plural(noise.Seeds, "seed")}).";

    /// <summary>Says what it would take if the difference found, larger than the margin, were the true one; empty if that cannot be
    /// said.</summary>
    private static string ForWhatIsFound(SeedComparison seeds, double margin, bool isAlwaysValid) =>
        Math.Abs(seeds.Difference) is var found && found > margin
            && PowerEstimate.Of(null, seeds, found, isAlwaysValid) is { MoreSeeds: > 0 } estimate
            ? $"{estimate.Describe()} would be needed if {VerdictText.Points(found)} were the truth, and "
            : "";

    /// <summary>Says what it would take to tell the margin; of a study, whose further seeds are added with its verdict seen.</summary>
    private static string Needed(MethodsClaim claim, SeedComparison seeds, double margin)
    {
        string wanted = VerdictText.Margin(margin);
        bool isAlwaysValid = claim.Looks is not null;
        return PowerEstimate.Of(null, seeds, margin, isAlwaysValid) switch
        {
            { MoreSeeds: > 0 } estimate => $"; {estimate.Describe()} would be needed for {wanted}",
            { MoreSeeds: 0 } => $"; {wanted} would most likely have shown",
            _ => $"; {ForWhatIsFound(seeds, margin, isAlwaysValid)}no number of seeds would do for {wanted} on so few rows",
        };
    }
}
