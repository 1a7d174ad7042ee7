using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Recognises runs that learned no more than to give the commonest answer.</summary>
public static class Collapse
{
    /// <summary>Share of equal answers from which all count as equal, as for the notice during training.</summary>
    private const double NearlyAll = 0.95;

    /// <summary>Accuracy above that of the commonest answer up to which a run is near it.</summary>
    private const double Near = 0.02;

    /// <summary>Accuracy of the commonest answer from which giving it is right.</summary>
    private const double Trivial = 0.95;

    /// <summary>Returns why the run counts as collapsed, as <see cref="Of(ComparedRun, AnswerSheet?)"/>; null also without a test. Reads
    /// its answers.</summary>
    public static string? Of(ComparedRun run) => run.Test is null ? null : Of(run, AnswerSheet.Read(run));

    /// <summary>Returns why the run counts as collapsed, as a sentence without its subject and full stop, see <see cref="Sentence"/>; null
    /// if it does not.</summary>
    /// <param name="run">A tested run.</param>
    /// <param name="answers">Its answers; null if they are unknown.</param>
    internal static string? Of(ComparedRun run, AnswerSheet? answers)
    {
        if (run.Test is not { } test || test.CommonestRate >= Trivial || test.Accuracy >= Trivial)
        {
            return null;
        }

        return answers?.CommonestShare >= NearlyAll ? "collapsed: it gives one answer to "
            + $"{VerdictText.Percent(answers.CommonestShare)} of the test rows"
            : test.CommonestRate is { } rate && test.Accuracy <= rate + Near
                ? $"collapsed: its {VerdictText.Percent(test.Accuracy)} are hardly more than the commonest answer alone would "
                    + $"get ({VerdictText.Percent(rate)})"
            : test is { CommonestRate: null, Correct: 0 } ? "collapsed: it is right on none of the test rows"
            : null;
    }

    /// <summary>Returns the sentence that a run collapsed.</summary>
    /// <param name="run">The run.</param>
    /// <param name="why">Why it counts as collapsed.</param>
    public static string Sentence(ComparedRun run, string why) => $"{run.Name} {why}.";

    /// <summary>Returns why the best accuracy on validation flatters the run; null if it does not.</summary>
    public static string? Optimism(ComparedRun run)
    {
        if (run.Validated.Count < 2)
        {
            return null;
        }

        BestWeights? best = run.Validated.Aggregate((BestWeights?)null, (before, point) => BestWeights.Of(before, point.Evaluation));
        int rows = run.Validated[^1].Evaluation.Rows;
        var interval = Statistics.ConfidenceInterval.OfProportion((int)Math.Round(best!.Accuracy * rows), rows);
        return interval.High - interval.Low > 2 * Verdict.UsualMargin
            ? $"optimistic: the highest of {run.Validated.Count} on {rows} rows"
            : null;
    }
}
