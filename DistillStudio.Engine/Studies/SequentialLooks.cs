using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Engine.Studies;

/// <summary>Looks at a comparison of a sequential study after each of its pairs.</summary>
/// <param name="margin">See <see cref="StudyComparison.Margin"/>.</param>
/// <param name="comparisons">Number of comparisons that the study makes.</param>
internal sealed class SequentialLooks(double? margin, int comparisons)
{
    /// <summary>Pairs before which nothing can be decided; until then, runs that collapse may be an accident.</summary>
    private const int LeastPairs = 4;

    /// <summary>Two finished runs with one seed.</summary>
    /// <param name="BaselineRows">Whether each row is answered correctly that all runs of the comparison were tested on; null if that is
    /// unknown of one of them.</param>
    /// <param name="CellRows">The same of the cell's run.</param>
    private sealed record Pair(StudyRun Baseline, StudyRun Cell, IReadOnlyList<bool>? BaselineRows, IReadOnlyList<bool>? CellRows)
    {
        public bool HasCollapse => IsCollapsed(Baseline) || IsCollapsed(Cell);

        public double BaselineAccuracy => BaselineRows is { } rows ? ShareRight(rows) : Baseline.Accuracy!.Value;

        public double CellAccuracy => CellRows is { } rows ? ShareRight(rows) : Cell.Accuracy!.Value;

        private static double ShareRight(IReadOnlyList<bool> rows) => rows.Count(isRight => isRight) / (double)rows.Count;
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
        Pair[] pairs = WithRows(PairsOf(baseline.Runs, cell.Runs));
        for (int count = 1; count <= pairs.Length && decision.Kind == DecisionKind.Open; count++)
        {
            decision = Look(decision, pairs[..count]);
        }

        return decision;
    }

    /// <summary>Returns the finished pairs up to the first that is still to come.</summary>
    private static Pair[] PairsOf(IReadOnlyList<StudyRun> baseline, IReadOnlyList<StudyRun> cell) =>
    [
        .. baseline.Zip(cell)
            .Where(seed => !IsLost(seed.First) && !IsLost(seed.Second)) // a lost seed has no pair, now or later
            // looks follow the order of the seeds, not that of the runs' ends, which may depend on the results
            .TakeWhile(seed => seed.First.Accuracy is not null && seed.Second.Accuracy is not null)
            .Select(seed => new Pair(seed.First, seed.Second, null, null)),
    ];

    private static Pair[] WithRows(Pair[] pairs)
    {
        AnswerSheet?[] sheets = [.. pairs.SelectMany(pair => new[] { SheetOf(pair.Baseline), SheetOf(pair.Cell) })];
        if (sheets.Length == 0 || sheets.Contains(null))
        {
            return pairs;
        }

        IReadOnlyList<IReadOnlyList<bool>> rows = AnswerSheet.Align([.. sheets.OfType<AnswerSheet>()]);
        return rows.Count == 0
            ? pairs
            : [.. pairs.Select((pair, i) => pair with { BaselineRows = rows[2 * i], CellRows = rows[(2 * i) + 1] })];
    }

    private static AnswerSheet? SheetOf(StudyRun run) => run.Facts!.Answers?.Value;

    private StudyDecision Look(StudyDecision before, Pair[] pairs)
    {
        ConfidenceSequence sequence = Sequence(pairs);
        Pair[] sound = [.. pairs.Where(pair => !pair.HasCollapse)];
        int ofCell = pairs.Count(pair => IsCollapsed(pair.Cell));
        int ofBaseline = pairs.Count(pair => IsCollapsed(pair.Baseline));
        bool isCellLost = ofCell == pairs.Length;
        bool isBaselineLost = ofBaseline == pairs.Length;
        return before with
        {
            Pairs = sequence.Pairs,
            Difference = sequence.Difference,
            Interval = sequence.Interval,
            Level = sequence.Level,
            CollapsedOfCell = ofCell,
            CollapsedOfBaseline = ofBaseline,
            WithoutCollapsed = sound.Length == 0 || sound.Length == pairs.Length ? null
                : Sequence(sound) is var rest ? new(rest.Pairs, rest.Difference, rest.Interval) : null,
            Kind = isCellLost && isBaselineLost ? sequence.Pairs >= LeastPairs ? DecisionKind.Collapsed : DecisionKind.Open
                : sequence.IsDecided ? DecisionKind.Decided
                : !isCellLost && !isBaselineLost && margin is { } within && sequence.Interval.IsWithin(within) ? DecisionKind.Equivalent
                : margin is null && sequence.IsFutile(before.MaxPairs) && sequence.Pairs < before.MaxPairs ? DecisionKind.OutOfReach
                : DecisionKind.Open,
        };
    }

    private ConfidenceSequence Sequence(Pair[] pairs)
    {
        double[] firsts = [.. pairs.Select(pair => pair.BaselineAccuracy)];
        double[] seconds = [.. pairs.Select(pair => pair.CellAccuracy)];
        RowNoise noise = pairs[0].CellRows is null
            ? RowNoise.OfAccuracies(firsts, seconds, pairs[^1].Cell.Facts!.Result!.Test!.Rows)
            : RowNoise.Of([.. pairs.Select(pair => pair.BaselineRows!)], [.. pairs.Select(pair => pair.CellRows!)]);
        return ConfidenceSequence.Of([.. firsts.Zip(seconds, (a, b) => b - a)], noise, comparisons);
    }

    private static bool IsCollapsed(StudyRun run) => run.Facts?.Collapse is not null;

    private static bool IsLost(StudyRun run) =>
        run.State is StudyRunState.Failed or StudyRunState.Cancelled || (run.State == StudyRunState.Finished && run.Accuracy is null);
}
