using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Verdicts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>The results of one run: tests, validation, cost.</summary>
internal static class RunResults
{
    /// <summary>Returns the claim that a single run allows, as a sentence.</summary>
    public static string Claim(ComparedRun run) => run.Test is { } test
        ? $"{Format.Percent(test.Accuracy)} of the {Format.Plural(test.Rows, "test row")} are right "
            + $"({Format.Count(test.Correct)}; 95 % interval {RunTables.Interval(test)})."
        : "The run was not tested: nothing is claimed about its accuracy.";

    public static IEnumerable<ReportBlock> Of(ComparedRun run)
    {
        IReadOnlyList<string>[] rows = [.. Tests(run).Select(pair => Row(pair.Title, pair.Test)), .. Validation(run)];
        if (rows.Length > 0)
        {
            yield return new Table([new("Result"), .. Column.Numbers("Step", "Accuracy", "95 % interval", "Right")], rows);
        }

        if (Collapse.Optimism(run) is { } optimism)
        {
            yield return new Paragraph($"The best accuracy on validation is {optimism}. Nothing is selected on the test.");
        }

        if (run.Test?.CommonestRate is { } rate)
        {
            yield return new Paragraph($"Always giving the commonest label would get {Format.Percent(rate)} of the test rows.");
        }

        yield return RunTables.Costs([new(1, run, "", null)]);
    }

    private static IEnumerable<(string Title, TestResult Test)> Tests(ComparedRun run)
    {
        string exported = run.Result?.Exported is { } kept ? $" (exported: the {kept.ToString().ToLowerInvariant()})" : "";
        return run.Result switch
        {
            { TestBest: { } best, TestLast: { } last } =>
                [("Test, weights best on validation" + exported, best), ("Test, last step's weights", last)],
            { TestBest: { } best } => [("Test, weights best on validation", best)],
            { TestLast: { } last } => [("Test, last step's weights", last)],
            { Test: { } test } => [("Test", test)],
            _ => [],
        };
    }

    private static IEnumerable<IReadOnlyList<string>> Validation(ComparedRun run)
    {
        if (RunTables.BestOf(run) is not { } best)
        {
            yield break;
        }

        yield return Row("Validation, best", AsTest(run.Validated.Last(point => point.Evaluation.Step == best.Step)));
        yield return Row("Validation, last", AsTest(run.Validated[^1]));
    }

    private static TestResult AsTest(ValidatedPoint point) =>
        new(point.Evaluation.Accuracy, point.Evaluation.Correct, point.Evaluation.Rows, point.Evaluation.Step);

    private static IReadOnlyList<string> Row(string title, TestResult test) =>
    [
        title, Format.Count(test.Step), Format.Percent(test.Accuracy), RunTables.Interval(test), RunTables.Right(test),
    ];
}
