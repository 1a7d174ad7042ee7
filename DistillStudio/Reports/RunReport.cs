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
        if (summary.Spec.IsCurvesOnly)
        {
            return new(
                $"Imported curves: {RunText.Title(summary)}",
                $"{summary.Id}-report",
                summary.LastTime ?? summary.CreatedAt,
                [.. Head(summary, run, null), new Heading("Curves"), .. Curves(run), .. Evaluations(run)]);
        }

        string? collapse = Collapse.Of(run.Run);
        NumberedRun[] numbered = [new(1, run.Run, SettingsTable.Method.Display(summary.Spec), collapse)];
        return new(
            $"Run: {RunText.Title(summary)}",
            $"{summary.Id}-report",
            summary.LastTime ?? summary.CreatedAt,
            [
                .. Head(summary, run, collapse),
                new Heading("Results"),
                .. RunResults.Of(run.Run),
                new Heading("Curves"),
                .. Curves(run),
                .. Evaluations(run),
                new Heading("Settings"),
                SettingTables.Common([summary.Spec]),
                new Heading("Computed with"),
                OriginTables.Conditions(numbered),
                new Heading("Fingerprints"),
                new Paragraph(
                    "Equal fingerprints mean equal content: another run began from the same data and model exactly if these agree."),
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

        yield return new Paragraph(RunResults.Claim(run.Run), ParagraphRole.Claim);
        yield return new Paragraph(
            "One run shows how good these weights are on these test rows. "
            + "Estimating what its method gets with another seed takes runs with several seeds.");
        if (summary.Spec is { Branch: { } parent, BranchStep: { } step })
        {
            IReadOnlyList<string> changes = BranchText.Changes(parent: null, summary);
            yield return new Paragraph(
                $"The run is a branch: its steps up to {Format.Count(step)} are those of {parent}, its best weights count from there on. "
                + (changes.Count > 0 ? $"It changed {string.Join(", ", changes)}." : "It changed nothing."));
        }

        if (summary.StoppedEarly is { } stopped)
        {
            yield return new Paragraph(stopped.Text);
        }

        if (summary.Failure is { } failure)
        {
            yield return new Paragraph(
                $"The run failed after step {Format.Count(failure.Step)}: {failure.Message.TrimEnd('.')}.",
                ParagraphRole.Caution);
        }
        else if (!summary.State.HasEnded())
        {
            yield return new Paragraph(
                $"The run has not ended. The report shows its state after step {Format.Count(summary.Step)}.",
                ParagraphRole.Caution);
        }

        if (RecordGaps.Remark(summary.UnreadableLines) is { } gaps)
        {
            yield return new Paragraph(gaps, ParagraphRole.Caution);
        }

        if (collapse is not null)
        {
            yield return new Paragraph(Collapse.Sentence(run.Run, collapse), ParagraphRole.Caution);
        }

        if (run.Warnings.Count > 0)
        {
            yield return new Paragraph(
                run.Warnings.Count > MostWarnings
                    ? $"The first {MostWarnings} of {Format.Count(run.Warnings.Count)} notices of the run:"
                    : "Notices of the run:");
            yield return new BulletList([.. run.Warnings.Take(MostWarnings)]);
        }
    }

    private static string Course(RunSummary summary)
    {
        string started = summary.StartedAt is { } start
            ? $"started {ReportStyle.Time(start)}"
            : $"made {ReportStyle.Time(summary.CreatedAt)}";
        string ended = summary.EndedAt is { } end ? $", ended {ReportStyle.Time(end)}" : "";
        string resumes = summary.Resumes.Count == 0
            ? ""
            : $"; resumed after {string.Join(", ", summary.Resumes.Select(mark => $"step {Format.Count(mark.Step)}"))}";
        string steps = $"{Format.Count(summary.Step)} of {Format.Plural(summary.Spec.MaxSteps, "step")}";
        string took = Format.Duration(summary.Elapsed);
        return $"{RunText.State(summary.State)}: {steps} in {took}, {started}{ended}{resumes}. Id: {summary.Id}.";
    }

    private static IEnumerable<ReportBlock> Curves(ReportedRun run) =>
        CurveFigures.Of([new(null, [run.Curves], []) { Method = run.Run.Spec.Method }])
            .DefaultIfEmpty<ReportBlock>(new Paragraph("The run has recorded no step."));

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
            yield return new Paragraph(
                $"One in {every} of the {Format.Count(run.Evaluations.Count)} evaluations, and the last; the curves hold all.");
        }

        yield return new Table(
            [
                Column.Number("Step"), new("Rows of"), new("Weights"),
                .. Column.Numbers("Accuracy", "Right", "Label loss", "Rationale loss", "Total loss"),
            ],
            [
                .. shown.Select(e => (IReadOnlyList<string>)
                [
                    Format.Count(e.Step), e.Split, e.Weights, Format.Percent(e.Accuracy),
                    $"{Format.Count(e.Correct)} of {Format.Count(e.Rows)}",
                    Format.Loss(e.LabelLoss), Format.Loss(e.RationaleLoss), Format.Loss(e.Loss),
                ]),
            ]);
    }
}
