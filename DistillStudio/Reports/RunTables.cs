using System.Globalization;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Verdicts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>A run in the tables of a report, which refer to it by its number.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Method">Name of its method or cell.</param>
/// <param name="Collapse">Why it counts as collapsed; null if it does not.</param>
internal sealed record NumberedRun(int Number, ComparedRun Run, string Method, string? Collapse);

/// <summary>Tables with a row for each run.</summary>
internal static class RunTables
{
    public static Table List(IReadOnlyList<NumberedRun> runs) => new(
        [Column.Number("No."), new("Run"), new("Method"), Column.Number("Seed"), new("Id"), new("State"), Column.Number("Steps")],
        [
            .. runs.Select(run => (IReadOnlyList<string>)
            [
                Format.Count(run.Number), run.Run.Name, run.Method, Text(run.Run.Spec.Seed), run.Run.Id, State(run.Run),
                $"{Format.Count(run.Run.Result?.Step ?? run.Run.Cost.Step)} of {Format.Count(run.Run.Spec.MaxSteps)}",
            ]),
        ]);

    /// <summary>Accuracies of the test rows, with Wilson's 95 % interval of the exported weights.</summary>
    public static Table Results(IReadOnlyList<NumberedRun> runs) => new(
        [
            .. Column.Numbers(
                "No.", "Test", "95 % interval", "Right", "Test, best weights", "Test, last weights", "Best val.", "Last val."),
            new("Collapsed"),
        ],
        [
            .. runs.Select(run => (IReadOnlyList<string>)
            [
                Format.Count(run.Number),
                Format.Percent(run.Run.Test?.Accuracy),
                Interval(run.Run.Test),
                run.Run.Test is { } test ? Right(test) : Format.Nothing,
                Of(run.Run.Result?.TestBest),
                Of(run.Run.Result?.TestLast),
                Format.Percent(BestOf(run.Run)?.Accuracy),
                Format.Percent(run.Run.Validated is [.., var last] ? last.Evaluation.Accuracy : null),
                run.Collapse is null ? "no" : "yes",
            ]),
        ]);

    /// <summary>Training cost; for a single run, without its number.</summary>
    public static Table Costs(IReadOnlyList<NumberedRun> runs)
    {
        int skipped = runs.Count == 1 ? 1 : 0;
        return new(
            [.. Column.Numbers("No.", "Steps", "Examples", "Tokens", "FLOP", "Time of the steps").Skip(skipped)],
            [.. runs.Select(run => (IReadOnlyList<string>)[.. CostsOf(run).Skip(skipped)])]);
    }

    /// <summary>Returns the evaluation whose weights are kept as the best; null before the first.</summary>
    public static BestWeights? BestOf(ComparedRun run) =>
        run.Validated.Aggregate((BestWeights?)null, (before, point) => BestWeights.Of(before, point.Evaluation));

    public static string State(ComparedRun run) => run switch
    {
        { Result: not null } => "finished",
        { Failure: not null } => "failed",
        { IsCancelled: true } => "cancelled",
        { Environment: null } => "not started",
        { HasEnded: true } => "interrupted",
        _ => "not ended",
    };

    /// <summary>Returns when the runs were last started and when the last of them finished; null if none was started.</summary>
    public static (DateTimeOffset From, DateTimeOffset To)? Times(IReadOnlyList<ComparedRun> runs)
    {
        DateTimeOffset[] times = [.. runs.SelectMany(run => new[] { run.Environment?.Time, run.Result?.Time }).OfType<DateTimeOffset>()];
        return times.Length == 0 ? null : (times.Min(), times.Max());
    }

    /// <summary>Returns Wilson's interval of a test result.</summary>
    public static string Interval(TestResult? test) =>
        test is { Rows: > 0 } && test.Correct >= 0 && test.Correct <= test.Rows
            ? RunText.Between(ConfidenceInterval.OfProportion(test.Correct, test.Rows))
            : Format.Nothing;

    /// <summary>Returns the number of right answers: <c>75 of 100</c>.</summary>
    public static string Right(TestResult test) => $"{Format.Count(test.Correct)} of {Format.Count(test.Rows)}";

    public static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> CostsOf(NumberedRun run)
    {
        TrainingCost cost = run.Run.Cost;
        return
        [
            Format.Count(run.Number), Format.Count(cost.Step), Format.Count(cost.Examples), Format.Count(cost.Tokens),
            TrainingCost.FlopText(cost.Flops), Format.Duration(cost.Seconds),
        ];
    }

    private static string Of(TestResult? test) =>
        test is null ? Format.Nothing : $"{Format.Percent(test.Accuracy)}, step {Format.Count(test.Step)}";
}
