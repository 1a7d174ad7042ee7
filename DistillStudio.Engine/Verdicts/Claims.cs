using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Verdicts;

/// <summary>What a claim came to.</summary>
public enum Finding
{
    /// <summary>Nothing is claimed; the claim's sentence says why.</summary>
    None,

    /// <summary>A difference is shown.</summary>
    Different,

    /// <summary>As good as the baseline within the margin.</summary>
    Equivalent,

    /// <summary>Neither a difference nor equivalence can be told.</summary>
    Undecided,
}

/// <summary>A difference from the baseline, judged together with the other comparisons made at the same time.</summary>
/// <param name="Comparison">The comparison by itself; null if nothing can be claimed.</param>
/// <param name="PValue">Two-sided; after Holm's correction if several comparisons are made. NaN without a comparison.</param>
/// <param name="Level">Level of <paramref name="Interval"/>: 0.95 for a single comparison, higher for several.</param>
/// <param name="Interval">Excludes 0 exactly if <paramref name="Finding"/> is <see cref="Finding.Different"/>; null without a comparison.</param>
public sealed record Judgement(Comparison? Comparison, double PValue, double Level, ConfidenceInterval? Interval, Finding Finding)
{
    public static Judgement Nothing { get; } = new(null, double.NaN, Comparison.UsualLevel, null, Finding.None);

    public bool IsDecided => Finding == Finding.Different;
}

/// <summary>The claim about two sets of weights, on the rows that both were tested on.</summary>
/// <param name="Shared">Number of rows that both were tested on.</param>
/// <param name="OfBaseline">Number of rows that the baseline was tested on.</param>
/// <param name="OfOther">Number of rows that the other was tested on.</param>
/// <param name="WhyNone">Why nothing is claimed, as a sentence; null if there is a claim.</param>
public sealed record ModelsClaim(ComparedRun Baseline, ComparedRun Other, int Shared, int OfBaseline, int OfOther, string? WhyNone)
{
    /// <summary>The paired rows; null if nothing is claimed.</summary>
    public RowComparison? Rows { get; init; }

    public Judgement Judgement { get; init; } = Judgement.Nothing;
}

/// <summary>Accuracies of one seed of both methods.</summary>
public sealed record SeedPair(int Seed, double Baseline, double Other);

/// <summary>The claim about two methods, over seeds.</summary>
/// <param name="Pairs">Seeds that both methods have, ascending.</param>
/// <param name="WhyNone">Why nothing is claimed, as a sentence; null if there is a claim.</param>
public sealed record MethodsClaim(MethodGroup Baseline, MethodGroup Other, IReadOnlyList<SeedPair> Pairs, string? WhyNone)
{
    /// <summary>The comparison over seeds; null if nothing is claimed.</summary>
    public SeedComparison? Seeds { get; init; }

    /// <summary>Number of test rows that all runs of both were tested on; 0 if their answers are unknown.</summary>
    public int Rows { get; init; }

    public Judgement Judgement { get; init; } = Judgement.Nothing;
}

/// <summary>One of the comparisons with the baseline.</summary>
/// <param name="Models">Of the baseline and one run.</param>
/// <param name="Methods">Of their methods; null if both runs are of the same method.</param>
public sealed record ComparedPair(ModelsClaim Models, MethodsClaim? Methods)
{
    /// <summary>The claim about the methods without runs that collapsed; null if none did.</summary>
    public MethodsClaim? WithoutCollapsed { get; init; }
}
