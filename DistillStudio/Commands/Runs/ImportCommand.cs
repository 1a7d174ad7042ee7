using System.CommandLine;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Runs;

/// <summary>
/// The <c>runs import</c> command: imports runs that another studio exported, and curves of other programs' runs.
/// </summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> files = Usage.Words(
            "FILE…", "A zip written by `runs export`; or TensorBoard event files or folders of them, whose curves are imported");
        Option<string[]> name = Usage.Flag("--name", "NAME", "Name of the imported curves [that of their folder]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command(
            "import", "Import runs from another studio's zip into this home, or curves from TensorBoard event files.")
        {
            files, name, home, json,
        };
        command.SetAction((parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string[] paths = [
                .. usage.RequiredWords("FILE", 1, "name a zip written by `runs export`, or TensorBoard event files").Select(usage.Expand)
            ];
            string? called = usage.Text(name);
            if (called is not null && !SettingLimits.IsName(called))
            {
                usage.Add($"{name.Name} must be one line of up to {SettingLimits.LongestName} characters; shorten it.");
            }

            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            string[] curves = [.. paths.Where(CurvesImport.IsSource)];
            if (called is not null && curves.Length == 0)
            {
                throw new InputException($"{name.Name} names imported curves; a run from a zip keeps its own name: leave it out.");
            }

            RunSummary[] runs = Import(new(place), curves, [.. paths.Except(curves)], called, new(terminal), stop);
            Write(terminal, runs, usage.Is(json));
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static RunSummary[] Import(
        RunImport import, string[] curves, string[] archives, string? name, ProgressLine line, CancellationToken stop)
    {
        try
        {
            return
            [
                .. curves.Length > 0 ? import.ImportCurves(curves, name, doing => line.Show(() => doing), stop) : [],
                .. archives.SelectMany(path => import.Import(path, stop)),
            ];
        }
        finally
        {
            line.Clear();
        }
    }

    private static void Write(Terminal terminal, RunSummary[] runs, bool isJson)
    {
        if (isJson)
        {
            var imported = runs.Select(run => new { run.Id, Original = run.Origin!.Id, run.Folder });
            terminal.Out.WriteLine(JsonSerializer.Serialize(new { Imported = imported }, EngineJson.Events));
            return;
        }

        foreach (RunSummary run in runs)
        {
            terminal.Out.WriteLine(
                run.Spec.IsCurvesOnly ? $"Imported the curves of {run.Title} as {run.Id}, up to step {Format.Count(run.Step)}."
                : run.Id == run.Origin!.Id ? $"Imported {run.Id}." : $"Imported {run.Origin.Id} as {run.Id}, since its id is taken.");
            foreach (Logged remark in run.Spec.IsCurvesOnly ? RunArchive.Events(run).OfType<Logged>() : [])
            {
                terminal.Out.WriteLine($"  {remark.Message}");
            }
        }
    }
}
