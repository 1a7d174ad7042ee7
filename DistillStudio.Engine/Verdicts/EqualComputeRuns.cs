using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Verdicts;

/// <summary>
/// Runs as they were when all had taken the same compute: the result of each is that of its last evaluation on validation by then. Test
/// rows are not looked at on the way, so that validation is all there is.
/// </summary>
/// <param name="Runs">In the order given; the tested ones with the result of that evaluation in place of their test.</param>
/// <param name="Sheets">Answers to the validation rows by the id of a run; a run that kept none is absent.</param>
/// <param name="Text">Says what is compared, as a sentence.</param>
internal sealed record EqualComputeRuns(
    IReadOnlyList<ComparedRun> Runs, IReadOnlyDictionary<string, AnswerSheet> Sheets, string Text)
{
    /// <summary>Returns null, with the reason as a sentence, if a run was not validated by then.</summary>
    /// <param name="runs">At least one of them tested.</param>
    public static (EqualComputeRuns? Cut, string? WhyNone) Of(IReadOnlyList<ComparedRun> runs)
    {
        ComparedRun[] tested = [.. runs.Where(run => run.Test is not null)];
        var budget = ComputeBudget.Of(tested);
        if (tested.FirstOrDefault(run => budget.LastPoint(run) is null) is { } late)
        {
            return (
                null,
                $"At equal compute ({budget.Text}) nothing can be compared: {late.Name} was not validated by then. Evaluate more often.");
        }

        var sheets = tested.Select(run => (run.Id, Sheet: SheetOf(run, budget.LastPoint(run)!.Evaluation.Step)))
            .Where(pair => pair.Sheet is not null)
            .ToDictionary(pair => pair.Id, pair => pair.Sheet!);
        string range = budget.RangeText(tested.Select(run => budget.LastPoint(run)!));
        string text = $"At equal compute: each run at its last evaluation within {budget.Text}, which is the most that all have taken"
            + $"{(range == budget.Text ? "" : $" (after {range})")}; on validation, since the test comes at the end.";
        return (new([.. runs.Select(run => run.Test is null ? run : Cut(run, budget.LastPoint(run)!))], sheets, text), null);
    }

    private static ComparedRun Cut(ComparedRun run, ValidatedPoint point)
    {
        EvaluationCompleted look = point.Evaluation;
        var then = new TestResult(look.Accuracy, look.Correct, look.Rows, look.Step);
        return run with { Result = run.Result! with { Test = then, TestBest = null, TestLast = null } };
    }

    private static AnswerSheet? SheetOf(ComparedRun run, int step)
    {
        try
        {
            return ValidAnswers.Read(run.Folder) is { } record && record.Evaluations.FirstOrDefault(look => look.Step == step) is { } look
                ? new(
                    run.Folder,
                    [.. record.Keys.Select((key, row) => new TestAnswer(row, "", null, look.Correct[row], false, false, Key: key))])
                : null;
        }
        catch (InputException)
        {
            return null; // the accuracies are known all the same
        }
    }
}
