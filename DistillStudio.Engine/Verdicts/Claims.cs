using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>A difference from the baseline, judged together with the other comparisons made at the same time.</summary>
/// <param name="Comparison">The comparison on its own; null if nothing can be claimed.</param>
/// <param name="PValue">Two-sided; after Holm's correction if several comparisons are made. 1 without a comparison.</param>
/// <param name="Level">Level of <paramref name="Interval"/>: 0.95 for a single comparison, higher for several.</param>
/// <param name="Interval">Excludes 0 exactly if <paramref name="IsDecided"/>; all differences without a comparison.</param>
/// <param name="IsDecided">Whether a difference is shown.</param>
/// <param name="IsEquivalent">Whether the other is shown to be as good as the baseline within the margin; a difference may be shown
/// too.</param>
public sealed record Judgement(
    Comparison? Comparison, double PValue, double Level, ConfidenceInterval Interval, bool IsDecided, bool IsEquivalent)
{
    /// <summary>The tests of equivalence, corrected like the others; null without a comparison.</summary>
    public JudgedEquivalence? Equivalence { get; init; }

    public static Judgement Nothing { get; } = new(null, 1, Comparison.UsualLevel, new(-1, 1), IsDecided: false, IsEquivalent: false);
}

/// <summary>Two one-sided tests of a difference within the margin, judged together with the others made at the same time.</summary>
/// <param name="Level">Level of <paramref name="Interval"/>: 0.9 for a single comparison, as each test takes 5 %; higher for
/// several.</param>
/// <param name="Interval">Lies within the margin exactly if both tests succeed.</param>
/// <param name="PValue">The larger of the two; after Holm's correction if several comparisons are made.</param>
public sealed record JudgedEquivalence(double Level, ConfidenceInterval Interval, double PValue);

/// <summary>The claim about two sets of weights, on the rows that both were tested on.</summary>
/// <param name="Shared">Number of rows that both were tested on.</param>
/// <param name="OfBaseline">Number of rows that the baseline was tested on.</param>
/// <param name="OfOther">Number of rows that the other was tested on.</param>
/// <param name="WhyNone">Why they cannot be compared, as a sentence; null if there is a claim.</param>
public sealed record ModelsClaim(ComparedRun Baseline, ComparedRun Other, int Shared, int OfBaseline, int OfOther, string? WhyNone)
{
    /// <summary>The paired rows; null if nothing is claimed.</summary>
    public RowComparison? Rows { get; init; }

    /// <summary>The rows in words: of the test, or of validation.</summary>
    public string RowWord { get; init; } = "test row";

    /// <summary>Those of the two that collapsed.</summary>
    public IReadOnlyList<ComparedRun> Collapsed { get; init; } = [];

    public Judgement Judgement { get; init; } = Judgement.Nothing;

    /// <summary>Returns the claim with its judgement; a model that collapsed is as good as nothing.</summary>
    internal ModelsClaim Judged(Judgement judgement) =>
        this with { Judgement = judgement with { IsEquivalent = judgement.IsEquivalent && Collapsed.Count == 0 } };
}

/// <summary>Accuracies of one seed of both methods.</summary>
public sealed record SeedPair(int Seed, double Baseline, double Other);

/// <summary>The claim about two methods, over seeds.</summary>
/// <param name="Pairs">Seeds that both methods have, ascending.</param>
/// <param name="WhyNone">Why they cannot be compared, as a clause; null if they can.</param>
public sealed record MethodsClaim(MethodGroup Baseline, MethodGroup Other, IReadOnlyList<SeedPair> Pairs, string? WhyNone)
{
    /// <summary>The comparison over seeds; null if nothing is claimed.</summary>
    public SeedComparison? Seeds { get; init; }

    /// <summary>Mean accuracy of the other's seeds minus that of the baseline's, in [-1, 1].</summary>
    public double Difference { get; init; }

    /// <summary>
    /// Numbers of seeds at which a study's verdict could be seen before seeds were added; null for a comparison of which that is not
    /// recorded.
    /// </summary>
    public IReadOnlyList<int>? Looks { get; init; }

    /// <summary>Number of seeds compared; of the method with fewer.</summary>
    public int SeedCount => Seeds?.Seeds ?? Math.Min(Baseline.Seeds.Count, Other.Seeds.Count);

    /// <summary>Number of test rows that all runs of both were tested on; 0 if their answers are unknown.</summary>
    public int Rows { get; init; }

    /// <summary>Those of the two methods of which every tested run collapsed: how good they are where they learn is not known.</summary>
    public IReadOnlyList<MethodGroup> Collapsed { get; init; } = [];

    public Judgement Judgement { get; init; } = Judgement.Nothing;

    /// <summary>Returns the claim with its judgement; a method whose runs all collapsed is as good as nothing.</summary>
    internal MethodsClaim Judged(Judgement judgement) =>
        this with { Judgement = judgement with { IsEquivalent = judgement.IsEquivalent && Collapsed.Count == 0 } };
}

/// <summary>One of the comparisons with the baseline.</summary>
/// <param name="Models">Of the baseline and one run.</param>
/// <param name="Methods">Of their methods; null if both runs are of the same method.</param>
public sealed record ComparedPair(ModelsClaim Models, MethodsClaim? Methods)
{
    /// <summary>The claims in words: about the models, then about the methods if there are two.</summary>
    public IReadOnlyList<string> Sentences { get; init; } = [];

    /// <summary>Validation at equal compute; null if both had the same, or it is not known.</summary>
    public EqualCompute? EqualCompute { get; init; }

    /// <summary>The claim about the methods without runs that collapsed; null if none did, or if that leaves a method without
    /// runs.</summary>
    public MethodsClaim? WithoutCollapsed { get; init; }
}
