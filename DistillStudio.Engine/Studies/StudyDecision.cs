using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Statistics;

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
}

/// <summary>
/// How a sequential study stands after its finished pairs: runs of two cells with the same seed. The interval is always valid, so that
/// looking after every pair and stopping keeps its 95 %; each comparison is looked at by itself.
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
    /// <summary>Display text: <c>decided after 7 of 20 pairs</c>.</summary>
    public string Text => Kind switch
    {
        DecisionKind.Decided => $"decided after {Pairs} of {MaxPairs} pairs",
        DecisionKind.Equivalent => $"equally good within the margin after {Pairs} of {MaxPairs} pairs",
        DecisionKind.OutOfReach => $"out of reach after {Pairs} of {MaxPairs} pairs",
        _ => $"open after {Pairs} of {MaxPairs} pairs",
    };

    /// <summary>Display text of where the comparison stands, with its interval.</summary>
    public string FullText => Interval is { Low: > -1 } or { High: < 1 }
        ? $"{Text}: {Format.Points(Difference)} against its baseline, "
            + $"between {Format.Points(Interval.Low)} and {Format.Points(Interval.High)} (95 %, valid at every look)"
        : Text;

    /// <summary>Looks after each pair in the order of the seeds, up to the first look that decides.</summary>
    /// <param name="cell">The cell, and its runs in the order of the seeds.</param>
    /// <param name="baseline">The cell that it is compared with, and its runs in the same order.</param>
    /// <param name="margin">See <see cref="StudyComparison.Margin"/>.</param>
    internal static StudyDecision Of(
        (StudyCell Cell, IReadOnlyList<StudyRun> Runs) cell, (StudyCell Cell, IReadOnlyList<StudyRun> Runs) baseline, double? margin)
    {
        var firsts = new List<double>();
        var seconds = new List<double>();
        var decision = new StudyDecision(cell.Cell.Index, baseline.Cell.Index, DecisionKind.Open, 0, cell.Runs.Count, null, null);
        foreach ((StudyRun first, StudyRun second) in baseline.Runs.Zip(cell.Runs))
        {
            if (IsLost(first) || IsLost(second))
            {
                continue; // the seed has no pair, now or later
            }

            if (first.Accuracy is not { } a || second.Accuracy is not { } b)
            {
                break; // looks follow the order of the seeds, not that of the runs' ends, which may depend on the results
            }

            firsts.Add(a);
            seconds.Add(b);
            decision = Look(decision, firsts, seconds, second.Facts!.Result!.Test!.Rows, margin);
            if (decision.Kind != DecisionKind.Open)
            {
                break;
            }
        }

        return decision;
    }

    private static StudyDecision Look(StudyDecision before, List<double> firsts, List<double> seconds, int rows, double? margin)
    {
        var sequence = ConfidenceSequence.Of([.. firsts.Zip(seconds, (a, b) => b - a)], RowNoise.OfAccuracies(firsts, seconds, rows));
        return before with
        {
            Pairs = sequence.Pairs,
            Difference = sequence.Difference,
            Interval = sequence.Interval,
            Kind = sequence.IsDecided ? DecisionKind.Decided
                : margin is { } within && sequence.Interval.IsWithin(within) ? DecisionKind.Equivalent
                : margin is null && sequence.IsFutile(before.MaxPairs) && sequence.Pairs < before.MaxPairs ? DecisionKind.OutOfReach
                : DecisionKind.Open,
        };
    }

    private static bool IsLost(StudyRun run) =>
        run.State is StudyRunState.Failed or StudyRunState.Cancelled || (run.State == StudyRunState.Finished && run.Accuracy is null);
}
