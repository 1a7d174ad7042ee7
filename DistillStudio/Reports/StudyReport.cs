using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>The report on a study.</summary>
internal static class StudyReport
{
    private const int MostNamedCells = 6;

    public static Report Of(StudyProgress progress)
    {
        var result = StudyResult.Of(progress);
        NumberedRun[] runs = [.. progress.Runs.Where(run => run.Facts is not null).Select((run, i) => Numbered(run, i + 1))];
        return new(
            $"Study: {result.Name}",
            $"{result.Id}-report",
            RunTables.Times([.. runs.Select(run => run.Run)])?.To ?? progress.Study.CreatedAt,
            [
                .. Head(progress, result, runs),
                .. Verdicts(progress, result),
                new Heading("Figures"),
                .. StudyFigures.Of(progress, result),
                new Heading("Cells"),
                StudyTables.Cells(result),
                StudyTables.Costs(result),
                new Paragraph(
                    "Accuracy is that of the exported weights on the test rows: the mean over seeds with its 95 % t interval. "
                    + "What a run took is the mean of a cell's finished runs."),
                .. Runs(result, runs),
                new Heading("What varies"),
                StudyTables.Axes(progress.Study),
                new Paragraph(Seeds(progress.Study)),
                new Heading("Settings that all runs share"),
                SettingTables.Shared([.. progress.Runs.Select(run => run.Plan.Spec)]),
                .. Origins(runs),
                .. Repeat(progress),
            ]);
    }

    private static string Seeds(Study study)
    {
        string looks = VerdictText.List([.. study.Looks.Select(look => Format.Count(look))]);
        string more = study.IsSequential ? $"; up to {study.MaxSeeds}, as far as needed"
            : looks.Length > 0 ? $"; some were added after a verdict on {looks} could be seen"
            : "";
        return $"Seeds: {string.Join(", ", study.PlannedSeeds)}{more}.";
    }

    private static NumberedRun Numbered(StudyRun run, int number) => new(
        number,
        run.Facts!.Run with { HasEnded = run.State is not (StudyRunState.Active or StudyRunState.Waiting) },
        run.Plan.Cell.Title,
        run.Facts.Collapse);

    private static IEnumerable<ReportBlock> Head(StudyProgress progress, StudyResult result, NumberedRun[] runs)
    {
        string trained = RunTables.Times([.. runs.Select(run => run.Run)]) is { } times
            ? $" Trained between {ReportStyle.Time(times.From)} and {ReportStyle.Time(times.To)}."
            : "";
        yield return new Paragraph(
            $"{StudyText.Counts(result)}, in {Format.Plural(result.Cells.Count, "cell")} on {progress.Study.Base.Dataset}.{trained}",
            ParagraphRole.Lead);
        if (result.Notes.Length > 0)
        {
            yield return new Paragraph($"Notes: {result.Notes}");
        }

        if (!result.IsDone)
        {
            yield return new Paragraph("The study has not ended: the report shows its state at that time.", ParagraphRole.Caution);
        }
    }

    private static IEnumerable<ReportBlock> Verdicts(StudyProgress progress, StudyResult result)
    {
        yield return new Heading("Verdict");
        foreach (StudyVerdict verdict in result.Verdicts)
        {
            foreach (string sentence in verdict.Sentences)
            {
                yield return new Paragraph(verdict.Titled(sentence), ParagraphRole.Claim);
            }
        }

        foreach (StudyDecision decision in result.Decisions)
        {
            yield return new Paragraph($"{result.Cells[decision.Cell].Title}: {decision.FullText}.", ParagraphRole.Claim);
        }

        if (result.Verdicts.Count == 0 && result.Decisions.Count == 0)
        {
            yield return new Paragraph(progress.Study.Comparison is null
                ? "The study compares nothing: it names no baseline."
                : "Nothing is claimed before a baseline and what is compared with it have been tested.");
        }

        string[] evidence =
        [
            .. result.Verdicts.SelectMany(verdict => verdict.Evidence.Select(verdict.Titled)),
            .. result.Remarks,
        ];
        if (evidence.Length > 0)
        {
            yield return new Paragraph("What this rests on, and what limits it:");
            yield return new BulletList(evidence);
        }

        if (result.Verdicts.Any(verdict => verdict.Comparisons.Count > 0))
        {
            yield return StudyTables.Comparisons(result, progress.Study.Comparison?.Margin ?? Verdict.UsualMargin);
        }
    }

    private static IEnumerable<ReportBlock> Runs(StudyResult result, NumberedRun[] runs)
    {
        yield return new Heading("Runs");
        if (runs.Length == 0)
        {
            yield return new Paragraph("No run has been made yet.");
            yield break;
        }

        yield return RunTables.List(runs);
        yield return RunTables.Results(runs);
        string[] failures =
        [
            .. result.Cells.SelectMany(
                cell => cell.Runs.Where(run => run.Failure is not null).Select(run => $"{cell.Title}, seed {run.Seed}: {run.Failure}")),
        ];
        if (failures.Length > 0)
        {
            yield return new Paragraph("Failed runs:");
            yield return new BulletList(failures);
        }
    }

    private static IEnumerable<ReportBlock> Origins(NumberedRun[] runs) => runs.Length == 0 ? [] :
    [
        new Heading("Computed with"),
        OriginTables.Conditions(runs),
        new Heading("Fingerprints"),
        new Paragraph("Equal fingerprints mean equal content. The numbers of the runs are those of the table of runs."),
        OriginTables.Fingerprints(runs),
    ];

    private static IEnumerable<ReportBlock> Repeat(StudyProgress progress)
    {
        Study study = progress.Study;
        yield return new Heading("To repeat it");
        yield return new Paragraph($"Save this as {StudyStore.FileName}:");
        yield return new Code(StudyFile.Serialize(study with { Queue = StudyQueue.Off }));
        yield return new Paragraph("Then run it, see it, and write its report:");
        yield return new Code(string.Join('\n',
            CommandText.Of("study", "run", "--file", StudyStore.FileName),
            CommandText.Of("study", "show", study.Name),
            CommandText.Of("study", "export", study.Name, "--format", "html")));
        IReadOnlyList<StudyCell> cells = progress.Grid.Cells;
        yield return new Paragraph(cells.Count > MostNamedCells
            ? $"One run of each of the first {MostNamedCells} cells on its own; other seeds and cells change the flags named above:"
            : "One run of each cell on its own; other seeds change --run:");
        IEnumerable<RunSpec> specs = cells.Take(MostNamedCells).Select(cell => cell.Spec with { Seed = study.Seeds[0], Name = null });
        yield return new Code(string.Join('\n', specs.Select(spec => SpecArguments.CommandLine(spec))));
    }
}
