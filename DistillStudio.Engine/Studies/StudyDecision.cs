using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Engine.Studies;

/// <summary>Whether a comparison needs further pairs.</summary>
public enum DecisionKind
{
    /// <summary>Further pairs can decide it.</summary>
    Open,

    /// <summary>A difference is shown.</summary>
    Decided,

    /// <summary>The difference is shown to lie within the study's margin.</summary>
    Equivalent,

    /// <summary>
    /// The pairs that are left cannot be expected to show a difference; not asked with a margin, within which they may still lie.
    /// </summary>
    OutOfReach,

    /// <summary>All runs of both cells have collapsed so far: there is nothing to compare.</summary>
    Collapsed,
}

/// <summary>
/// How a sequential study stands after its finished pairs: runs of two cells with the same seed. The interval is always valid, so that
/// looking after every pair and stopping keeps its level; the comparisons of a study share the 5 %.
/// </summary>
/// <param name="Cell">Index of the cell.</param>
/// <param name="Baseline">Index of the cell it is compared with.</param>
/// <param name="Pairs">Number of pairs at the end of which it was decided; those finished so far while it is open.</param>
/// <param name="MaxPairs">Number of pairs that the study takes at most.</param>
/// <param name="Difference">Mean accuracy of the cell minus that of its baseline, in [-1, 1]; null before the first pair.</param>
/// <param name="Interval">See <see cref="ConfidenceSequence"/>; null before the first pair.</param>
public sealed record StudyDecision(
    int Cell, int Baseline, DecisionKind Kind, int Pairs, int MaxPairs, double? Difference, ConfidenceInterval? Interval)
{
    /// <summary>Level of the interval: 0.95 if the study makes one comparison, higher if it makes several.</summary>
    public double Level { get; init; } = Comparison.UsualLevel;

    /// <summary>Collapsed runs of the cell among the pairs.</summary>
    public int CollapsedOfCell { get; init; }

    /// <summary>Collapsed runs of the baseline among the pairs.</summary>
    public int CollapsedOfBaseline { get; init; }

    /// <summary>The pairs in which no run collapsed; null if none did, or if that leaves none.</summary>
    public PairsWithoutCollapse? WithoutCollapsed { get; init; }

    /// <summary>Display text: <c>decided after 7 of 20 pairs</c>.</summary>
    public string Text => Kind switch
    {
        DecisionKind.Decided => $"decided after {Pairs} of {MaxPairs} pairs",
        DecisionKind.Equivalent => $"equally good within the margin after {Pairs} of {MaxPairs} pairs",
        DecisionKind.OutOfReach => $"out of reach after {Pairs} of {MaxPairs} pairs",
        DecisionKind.Collapsed => $"ended after {Pairs} of {MaxPairs} pairs, for all runs collapsed, which tells nothing about either",
        _ => $"open after {Pairs} of {MaxPairs} pairs",
    };

    /// <summary>Display text of where the comparison stands, with its interval, and without the runs that collapsed.</summary>
    public string FullText => Kind == DecisionKind.Collapsed ? Text : $"{Text}{IntervalText}{CollapseText}";

    private string IntervalText => Interval is { Low: > -1 } or { High: < 1 }
        ? $": {VerdictText.Signed(Difference ?? 0)} points against its baseline ({VerdictText.Level(Level)} interval "
            + $"{VerdictText.Between(Interval)}, valid at every look)"
        : "";

    private string CollapseText => (CollapsedOfCell, CollapsedOfBaseline, WithoutCollapsed) switch
    {
        (0, 0, _) => "",
        ({ } cell, _, _) when cell == Pairs => "; all runs of the cell collapsed: how good it is where it learns is not known",
        (_, { } baseline, _) when baseline == Pairs => "; all runs of the baseline collapsed: how good it is where it learns is not known",
        (_, _, { Interval: { Low: > -1 } or { High: < 1 } } rest) =>
            $"; in the {Format.Plural(rest.Pairs, "pair")} without a collapsed run {VerdictText.Signed(rest.Difference)} points (interval "
                + $"{VerdictText.Between(rest.Interval)})",
        (_, _, { } rest) => $"; {VerdictText.Signed(rest.Difference)} points in the {Format.Plural(rest.Pairs, "pair")} without a "
            + $"collapsed run, which are too few to tell",
        _ => "; a run of every pair collapsed",
    };
}

/// <summary>The pairs of a sequential study in which no run collapsed.</summary>
/// <param name="Interval">At the level of the decision.</param>
public sealed record PairsWithoutCollapse(int Pairs, double Difference, ConfidenceInterval Interval);
