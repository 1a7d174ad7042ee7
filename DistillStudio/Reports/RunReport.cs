using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>The report on one run.</summary>
internal static class RunReport
{
    /// <summary>Rows up to which evaluations are listed.</summary>
    private const int MostEvaluations = 40;

    private const int MostWarnings = 20;

    /// <param name="summary">The run.</param>
    /// <param name="run">The same, read from its events.</param>
    public static Report Of(RunSummary summary, ReportedRun run)
    {
        string? collapse = Collapse.Of(run.Run);
        NumberedRun[] numbered = [new(1, run.Run, SettingsTable.Method.Display(summary.Spec), collapse)];
        return new(
            $"Run: {RunText.Title(summary)}",
            $"{summary.Id}-report",
            summary.LastTime ?? summary.CreatedAt,
            [
                .. Head(summary, run, collapse),
                new Heading("Results"),
                .. Results(run.Run),
                new Heading("Curves"),
                .. Curves(run),
                .. Evaluations(run),
                new Heading("Settings"),
                SettingTables.Common([summary.Spec]),
                new Heading("Computed with"),
                OriginTables.Conditions(numbered),
                new Heading("Fingerprints"),
                new Paragraph("Equal fingerprints mean equal content: another run began from the same data and model exactly if these agree."),
                OriginTables.Fingerprints(numbered),
                new Heading("To repeat it"),
                new Code($"{SpecArguments.CommandLine(summary.Spec)}\n{CommandText.Of("runs", "report", summary.Id)}"),
            ]);
    }

    private static IEnumerable<ReportBlock> Head(RunSummary summary, ReportedRun run, string? collapse)
    {
        yield return new Paragraph(RunText.Summary(summary.Spec), ParagraphRole.Lead);
        yield return new Paragraph(Course(summary), ParagraphRole.Lead);
        if (summary.Tags.Count > 0)
        {
            yield return new Paragraph($"Tags: {string.Join(", ", summary.Tags)}");
        }

        if (summary.Notes.Length > 0)
        {
            yield return new Paragraph($"Notes: {summary.Notes}");
        }

        yield return new Paragraph(Claim(run.Run), ParagraphRole.Claim);
        yield return new Paragraph("One run tells how good these weights are on these test rows. What its method would get with another seed takes runs with several seeds.");
        if (summary.Failure is { } failure)
        {
            yield return new Paragraph($"The run failed after step {Format.Count(failure.Step)}: {failure.Message.TrimEnd('.')}.", ParagraphRole.Caution);
        }
        else if (!summary.State.HasEnded())
        {
            yield return new Paragraph($"The run has not ended. The report tells how it stood after step {Format.Count(summary.Step)}.", ParagraphRole.Caution);
        }

        if (collapse is not null)
        {
            yield return new Paragraph($"{collapse}.", ParagraphRole.Caution);
        }

        if (run.Warnings.Count > 0)
        {
            yield return new Paragraph(run.Warnings.Count > MostWarnings ? $"The first {MostWarnings} of {Format.Count(run.Warnings.Count)} notices of the run:" : "Notices of the run:");
            yield return new BulletList([.. run.Warnings.Take(MostWarnings)]);
        }
    }

    private static string Course(RunSummary summary)
    {
        string started = summary.StartedAt is { } start ? $"started {ReportStyle.Time(start)}" : $"made {ReportStyle.Time(summary.CreatedAt)}";
        string ended = summary.EndedAt is { } end ? $", ended {ReportStyle.Time(end)}" : "";
        string resumes = summary.Resumes.Count == 0 ? "" : $"; resumed after {string.Join(", ", summary.Resumes.Select(mark => $"step {Format.Count(mark.Step)}"))}";
        string steps = $"{Format.Count(summary.Step)} of {Format.Plural(summary.Spec.MaxSteps, "step")}";
        return $"{RunText.State(summary.State)}: {steps} in {Format.Duration(summary.Elapsed)}, {started}{ended}{resumes}. Id: {summary.Id}.";
    }

    private static string Claim(ComparedRun run) => run.Test is { } test
        ? $"{Format.Percent(test.Accuracy)} of the {Format.Plural(test.Rows, "test row")} are right ({Format.Count(test.Correct)}; 95 % interval {RunTables.Interval(test)})."
        : "The run was not tested: nothing is claimed about its accuracy.";

    private static IEnumerable<ReportBlock> Results(ComparedRun run)
    {
        (string Title, TestResult? Test)[] tests = [("Test, weights best on validation", run.Result?.TestBest), ("Test, last step's weights", run.Result?.TestLast)];
        IReadOnlyList<string>[] rows =
        [
            .. tests.Where(pair => pair.Test is not null).Select(pair => (IReadOnlyList<string>)
            [
                pair.Title + (pair.Test!.Step == run.Test?.Step ? " (exported)" : ""),
                Format.Count(pair.Test.Step), Format.Percent(pair.Test.Accuracy), RunTables.Interval(pair.Test), $"{Format.Count(pair.Test.Correct)} of {Format.Count(pair.Test.Rows)}",
            ]),
            .. run.Test is { } test && run.Result is { TestBest: null, TestLast: null }
                ? [(IReadOnlyList<string>)["Test", Format.Count(test.Step), Format.Percent(test.Accuracy), RunTables.Interval(test), $"{Format.Count(test.Correct)} of {Format.Count(test.Rows)}"]]
                : Array.Empty<IReadOnlyList<string>>(),
            .. Validation(run),
        ];
        if (rows.Length > 0)
        {
            yield return new Table([new("Result"), Column.Number("Step"), Column.Number("Accuracy"), Column.Number("95 % interval"), Column.Number("Right")], rows);
        }

        if (Collapse.Optimism(run) is { } optimism)
        {
            yield return new Paragraph($"The best accuracy on validation is {optimism}. The test is not chosen from.");
        }

        if (run.Test?.CommonestRate is { } rate)
        {
            yield return new Paragraph($"Always giving the commonest label would get {Format.Percent(rate)} of the test rows.");
        }

        yield return RunTables.Costs([new(1, run, "", null)]);
    }

    private static IEnumerable<IReadOnlyList<string>> Validation(ComparedRun run)
    {
        if (run.Validated.Count == 0)
        {
            yield break;
        }

        BestWeights best = RunTables.BestOf(run)!;
        EvaluationCompleted[] shown = [run.Validated.Last(point => point.Evaluation.Step == best.Step).Evaluation, run.Validated[^1].Evaluation];
        foreach ((string title, EvaluationCompleted evaluation) in shown.Zip(["Validation, best", "Validation, last"], (evaluation, title) => (title, evaluation)))
        {
            yield return
            [
                title, Format.Count(evaluation.Step), Format.Percent(evaluation.Accuracy),
                RunTables.Interval(new(evaluation.Accuracy, evaluation.Correct, evaluation.Rows, evaluation.Step)), $"{Format.Count(evaluation.Correct)} of {Format.Count(evaluation.Rows)}",
            ];
        }
    }

    private static IEnumerable<ReportBlock> Curves(ReportedRun run) =>
        CurveFigures.Of([new(run.Run.Name, [run.Curves], [])]).DefaultIfEmpty<ReportBlock>(new Paragraph("The run has recorded no step."));

    private static IEnumerable<ReportBlock> Evaluations(ReportedRun run)
    {
        if (run.Evaluations.Count == 0)
        {
            yield break;
        }

        int every = (run.Evaluations.Count + MostEvaluations - 1) / MostEvaluations;
        EvaluationCompleted[] shown = [.. run.Evaluations.Where((_, i) => i % every == every - 1 || i == run.Evaluations.Count - 1)];
        yield return new Heading("Evaluations");
        if (every > 1)
        {
            yield return new Paragraph($"One in {every} of the {Format.Count(run.Evaluations.Count)} evaluations, and the last; the curves hold all.");
        }

        yield return new Table(
            [Column.Number("Step"), new("Rows of"), new("Weights"), Column.Number("Accuracy"), Column.Number("Right"), Column.Number("Label loss"), Column.Number("Rationale loss"), Column.Number("Total loss")],
            [
                .. shown.Select(e => (IReadOnlyList<string>)
                [
                    Format.Count(e.Step), e.Split, e.Weights, Format.Percent(e.Accuracy), $"{Format.Count(e.Correct)} of {Format.Count(e.Rows)}",
                    Format.Loss(e.LabelLoss), Format.Loss(e.RationaleLoss), Format.Loss(e.Loss),
                ]),
            ]);
    }
}
