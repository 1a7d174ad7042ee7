using System.CommandLine;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Reports;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Commands.Runs;

/// <summary>The <c>runs report</c> command: a report on a run, or on the comparison of several.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Usage.Words("RUN…", RunsCommand.WhichRun);
        Option<string[]> to = Usage.Flag("--out", "FILE", "The report's file [named after the run, here]");
        Option<string[]> format = Usage.Flag(
            "--format",
            "FORMAT",
            $"{ReportFlags.Names} (a zip with SVG figures) [as the file's name ends, else html]");
        Option<string[]> baseline = CompareCommand.BaselineFlag();
        Option<string[]> margin = CompareCommand.MarginFlag();
        Option<bool> equal = CompareCommand.EqualComputeFlag();
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command(
            "report",
            "Write a report to share: figures, tables, settings, fingerprints and, for several runs, the verdict.")
        {
            names, to, format, baseline, margin, equal, home, json,
        };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            IReadOnlyList<string> words = usage.RequiredWords("RUN", 1, "name the run to report on, or several to compare");
            string? file = usage.Path(to);
            ReportFormat? asked = usage.Text(format) is { } name ? ReportFlags.Read(usage, name, ReportFlags.Names)
                : Path.GetExtension(file) == ReportFormat.Markdown.Ending ? ReportFormat.Markdown : ReportFormat.Html;
            if (asked is not null)
            {
                ReportFlags.Check(usage, asked, file);
            }

            string? first = usage.Text(baseline);
            double within = CompareCommand.ReadMargin(usage, margin);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            var archive = new RunArchive(place);
            IReadOnlyList<RunSummary> runs = archive.FindDistinct(
                first is null ? words : [first, .. words], terminal.Error.WriteLine);
            ReportFlags.Write(terminal, Make(archive, runs, within, usage.Is(equal)), asked!, file, usage.Is(json));
        });
        return command;
    }

    private static Report Make(RunArchive archive, IReadOnlyList<RunSummary> runs, double margin, bool isAtEqualCompute)
    {
        var reports = new RunReports(RunArchive.Events);
        return runs.Count == 1
            ? reports.Of(runs[0])
            : reports.Of(runs, margin, archive.List(_ => { }, found => ComparedRuns.MayTellOf(runs, found)), isAtEqualCompute);
    }
}
