using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Studies;

/// <summary>Looks at a comparison of a sequential study after each of its pairs.</summary>
/// <param name="margin">See <see cref="StudyComparison.Margin"/>.</param>
/// <param name="comparisons">Number of comparisons that the study makes.</param>
internal sealed class SequentialLooks(double? margin, int comparisons)
{
    /// <summary>Pairs before which nothing can be decided; until then, runs that collapse may be an accident.</summary>
    private const int LeastPairs = 4;

    private readonly List<Pair> _pairs = [];

    private sealed record Pair(StudyRun Baseline, StudyRun Cell)
    {
        public bool HasCollapse => IsCollapsed(Baseline) || IsCollapsed(Cell);
    }

    /// <summary>Looks after each pair in the order of the seeds, up to the first look that decides.</summary>
    /// <param name="cell">The cell, and its runs in the order of the seeds.</param>
    /// <param name="baseline">The cell that it is compared with, and its runs in the same order.</param>
    public StudyDecision Decide(
        (StudyCell Cell, IReadOnlyList<StudyRun> Runs) cell, (StudyCell Cell, IReadOnlyList<StudyRun> Runs) baseline)
    {
        var decision = new StudyDecision(cell.Cell.Index, baseline.Cell.Index, DecisionKind.Open, 0, cell.Runs.Count, null, null)
        {
            Level = 1 - (Comparison.Alpha / comparisons),
        };
        foreach ((StudyRun first, StudyRun second) in baseline.Runs.Zip(cell.Runs))
        {
            if (IsLost(first) || IsLost(second))
            {
                continue; // the seed has no pair, now or later
            }

            if (first.Accuracy is null || second.Accuracy is null)
            {
                break; // looks follow the order of the seeds, not that of the runs' ends, which may depend on the results
            }

            _pairs.Add(new(first, second));
            decision = Look(decision);
            if (decision.Kind != DecisionKind.Open)
            {
                break;
            }
        }

        return decision;
    }

    private StudyDecision Look(StudyDecision before)
    {
        ConfidenceSequence sequence = Sequence(_pairs);
        Pair[] sound = [.. _pairs.Where(pair => !pair.HasCollapse)];
        int ofCell = _pairs.Count(pair => IsCollapsed(pair.Cell));
        int ofBaseline = _pairs.Count(pair => IsCollapsed(pair.Baseline));
        bool isCellLost = ofCell == _pairs.Count;
        bool isBaselineLost = ofBaseline == _pairs.Count;
        return before with
        {
            Pairs = sequence.Pairs,
            Difference = sequence.Difference,
            Interval = sequence.Interval,
            Level = sequence.Level,
            CollapsedOfCell = ofCell,
            CollapsedOfBaseline = ofBaseline,
            WithoutCollapsed = sound.Length == 0 || sound.Length == _pairs.Count ? null
                : Sequence(sound) is var rest ? new(rest.Pairs, rest.Difference, rest.Interval) : null,
            Kind = isCellLost && isBaselineLost ? sequence.Pairs >= LeastPairs ? DecisionKind.Collapsed : DecisionKind.Open
                : sequence.IsDecided ? DecisionKind.Decided
                : !isCellLost && !isBaselineLost && margin is { } within && sequence.Interval.IsWithin(within) ? DecisionKind.Equivalent
                : margin is null && sequence.IsFutile(before.MaxPairs) && sequence.Pairs < before.MaxPairs ? DecisionKind.OutOfReach
                : DecisionKind.Open,
        };
    }

    private ConfidenceSequence Sequence(IReadOnlyList<Pair> pairs)
    {
        double[] firsts = [.. pairs.Select(pair => pair.Baseline.Accuracy!.Value)];
        double[] seconds = [.. pairs.Select(pair => pair.Cell.Accuracy!.Value)];
        int rows = pairs[^1].Cell.Facts!.Result!.Test!.Rows;
        return ConfidenceSequence.Of([.. firsts.Zip(seconds, (a, b) => b - a)], RowNoise.OfAccuracies(firsts, seconds, rows), comparisons);
    }

    private static bool IsCollapsed(StudyRun run) => run.Facts?.Collapse is not null;

    private static bool IsLost(StudyRun run) =>
        run.State is StudyRunState.Failed or StudyRunState.Cancelled || (run.State == StudyRunState.Finished && run.Accuracy is null);
}
