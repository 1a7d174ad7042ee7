using System.CommandLine;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Studies;
using DistillStudio.Exports;
using DistillStudio.Reports;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Commands.Studies;

/// <summary>The <c>study export</c> command: a study's figures as CSV, or its report.</summary>
internal static class StudyExportCommand
{
    private const string CsvName = "csv";

    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Usage.Word("STUDY", "The study's name or id");
        Option<string[]> format = Usage.Flag(
            "--format",
            "FORMAT",
            $"{CsvName}, or a report: {ReportFlags.Names} (a zip with SVG figures) [{CsvName}]");
        Option<bool> runs = Usage.Switch("--runs", "One CSV line per run instead of one per cell");
        Option<string[]> to = Usage.Flag(
            "--out",
            "FILE",
            "Output file [CSV to standard output, a report to a file named after the study]");
        Option<string[]> home = CommonFlags.Home();
        var command = new Command(
            "export",
            "Export a study's cells or runs as CSV, or its report: figures, tables, verdicts, settings, fingerprints.")
        {
            name, format, runs, to, home,
        };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string word = usage.RequiredWord("STUDY", "name a study; `study list` shows them");
            string asked = usage.Text(format) ?? CsvName;
            bool isCsv = asked.Equals(CsvName, StringComparison.OrdinalIgnoreCase);
            ReportFormat? report = isCsv ? null : ReportFlags.Read(usage, asked, $"{CsvName}, {ReportFlags.Names}");
            string? path = usage.Path(to);
            if (report is not null)
            {
                ReportFlags.Check(usage, report, path);
                if (usage.Is(runs))
                {
                    usage.Add($"--runs belongs to --format {CsvName}; a report lists the runs anyway.");
                }
            }

            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            var progress = StudyProgress.Of(StudyCommand.Find(new StudyStore(place), word), place, StudyCommand.Catalog(place));
            if (report is not null)
            {
                ReportFlags.Write(terminal, StudyReport.Of(progress), report, path, isJson: false);
                return;
            }

            var result = StudyResult.Of(progress);
            WriteCsv(
                terminal,
                path,
                string.Concat((usage.Is(runs) ? StudyCsv.Runs(result) : StudyCsv.Cells(result)).Select(line => line + "\n")));
        });
        return command;
    }

    private static void WriteCsv(Terminal terminal, string? path, string text)
    {
        if (path is null)
        {
            terminal.Out.Write(text);
            return;
        }

        try
        {
            using (PrivateFiles.AsTheUserWants())
            {
                AtomicFile.WriteAllText(path, text);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"--out {path} cannot be written ({e.Message.TrimEnd('.')}); name a file in a folder that can be written.",
                e);
        }
    }
}
