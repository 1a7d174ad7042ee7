using System.Globalization;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>The report on a comparison of runs.</summary>
internal static class ComparisonReport
{
    private const int MostNamed = 4;

    /// <param name="verdict">The verdict on the runs.</param>
    /// <param name="runs">The runs of the verdict, in its order.</param>
    public static Report Of(Verdict verdict, IReadOnlyList<ReportedRun> runs)
    {
        NumberedRun[] numbered =
        [
            .. runs.Select(
                (run, i) => new NumberedRun(i + 1, run.Run, MethodOf(verdict, run.Run), verdict.Collapsed.GetValueOrDefault(run.Run.Id))),
        ];
        ComparedRun[] compared = [.. runs.Select(run => run.Run)];
        return new(
            Title(verdict),
            $"{compared[0].Id}-comparison",
            RunTables.Times(compared)?.To ?? DateTimeOffset.UnixEpoch,
            [
                .. Head(verdict, compared),
                .. Claims(verdict),
                new Heading("Curves"),
                .. Curves(verdict, runs),
                new Heading("Methods"),
                VerdictTables.Methods(verdict),
                new Paragraph(
                    "Runs of a method differ in their seed, and in their compute conditions. "
                    + "Training cost is the mean over a method's tested runs."),
                new Heading("Runs"),
                RunTables.List(numbered),
                RunTables.Results(numbered),
                RunTables.Costs(numbered),
                new Heading("Settings that differ"),
                .. Settings(numbered),
                new Heading("Settings that all runs share"),
                SettingTables.Common([.. compared.Select(run => run.Spec)]),
                new Heading("Computed with"),
                OriginTables.Conditions(numbered),
                new Heading("Fingerprints"),
                new Paragraph("Equal fingerprints mean equal content. The numbers of the runs are those of the table of runs."),
                OriginTables.Fingerprints(numbered),
                new Heading("To repeat it"),
                new Code(string.Join('\n', Commands(verdict, compared))),
            ]);
    }

    private static string Title(Verdict verdict)
    {
        string[] names = verdict.Groups.Count > 1
            ? [.. verdict.Groups.Select(group => group.Name)]
            : [.. verdict.Runs.Select(run => run.Name)];
        string further = names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "";
        return $"Comparison: {string.Join(", ", names.Take(MostNamed))}{further}";
    }

    private static IEnumerable<ReportBlock> Head(Verdict verdict, ComparedRun[] runs)
    {
        string[] datasets = [.. runs.Select(run => run.Spec.Dataset).Distinct()];
        string trained = RunTables.Times(runs) is { } times
            ? $", trained between {ReportStyle.Time(times.From)} and {ReportStyle.Time(times.To)}"
            : "";
        yield return new Paragraph(
            $"{Format.Plural(runs.Length, "run")} on {VerdictText.List(datasets)}{trained}. Baseline: {runs[0].Name}. "
                + $"Equally good means within {VerdictText.Margin(verdict.Margin)}.",
            ParagraphRole.Lead);
    }

    private static IEnumerable<ReportBlock> Claims(Verdict verdict)
    {
        yield return new Heading("Verdict");
        foreach (string sentence in verdict.Sentences)
        {
            yield return new Paragraph(sentence, ParagraphRole.Claim);
        }

        string[] further = [.. verdict.Pairs.Where(pair => pair != verdict.Leading).Select(pair => string.Join(' ', pair.Sentences))];
        if (further.Length > 0)
        {
            yield return new Paragraph("The other comparisons:");
            yield return new BulletList(further);
        }

        foreach (string note in new[] { verdict.ValidationNote, verdict.RecordNote }.OfType<string>())
        {
            yield return new Paragraph(note, ParagraphRole.Caution);
        }

        string[] evidence =
        [
            .. verdict.Evidence,
            .. verdict.Runs.Where(run => verdict.Optimistic.ContainsKey(run.Id))
            .Select(run => $"Best validation of {run.Name}: {verdict.Optimistic[run.Id]}."),
        ];
        if (evidence.Length > 0)
        {
            yield return new Paragraph("What this rests on, and what limits it:");
            yield return new BulletList(evidence);
        }

        if (verdict.Pairs.Count > 0)
        {
            yield return VerdictTables.Claims(verdict);
        }
    }

    private static IEnumerable<ReportBlock> Curves(Verdict verdict, IReadOnlyList<ReportedRun> runs) =>
        CurveFigures.Of(Groups(verdict, runs), verdict.ValidationNote)
            .DefaultIfEmpty<ReportBlock>(new Paragraph("The runs have recorded no step."));

    /// <summary>
    /// Averages the seeds of the methods; runs of a single method, and methods with one tested seed, are drawn individually.
    /// </summary>
    private static IReadOnlyList<CurveGroup> Groups(Verdict verdict, IReadOnlyList<ReportedRun> runs)
    {
        var curves = runs.ToDictionary(run => run.Run.Id, run => run.Curves);
        return [.. verdict.Groups.SelectMany(group =>
        {
            ComparedRun[] seeds = [.. group.Tested.DistinctBy(run => run.Spec.Seed)];
            return verdict.Groups.Count > 1 && seeds.Length > 1
                ?
                [
                    new CurveGroup(
                        group.Name,
                        [.. seeds.Select(run => curves[run.Id])],
                        [.. group.Runs.Except(seeds).Select(run => curves[run.Id])])
                    { Method = seeds[0].Spec.Method },
                ]
                : group.Runs.Select(run => new CurveGroup(run.Name, [curves[run.Id]], []) { Method = run.Spec.Method });
        })];
    }

    private static IEnumerable<ReportBlock> Settings(IReadOnlyList<NumberedRun> runs) =>
        SettingTables.Differing(runs).DefaultIfEmpty<ReportBlock>(new Paragraph("None: the runs have the same settings."));

    private static IEnumerable<string> Commands(Verdict verdict, ComparedRun[] runs)
    {
        foreach (ComparedRun run in runs)
        {
            yield return SpecArguments.CommandLine(run.Spec);
        }

        string[] margin = verdict.Margin == Verdict.UsualMargin ? [] : ["--margin", verdict.Margin.ToString(CultureInfo.InvariantCulture)];
        margin = verdict.IsAtEqualCompute ? [.. margin, "--equal-compute"] : margin;
        yield return CommandText.Of(["runs", "compare", .. runs.Select(run => run.Id), .. margin]);
        yield return CommandText.Of(["runs", "report", .. runs.Select(run => run.Id), .. margin]);
    }

    private static string MethodOf(Verdict verdict, ComparedRun run) =>
        verdict.Groups.First(group => group.Runs.Any(member => member.Id == run.Id)).Name;
}
