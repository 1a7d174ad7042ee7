using System.CommandLine;
using System.Text.Json;
using DistillStudio.Cluster;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Spectre.Console;

namespace DistillStudio.Commands.Runs;

/// <summary>The <c>runs</c> command: lists and manages the runs of a home, read from their folders.</summary>
internal static class RunsCommand
{
    /// <summary>How runs are named on the command line.</summary>
    public const string WhichRun = "An id, the start of one, a name, or a folder";

    public static Command Create(Terminal terminal) => new("runs", "List, compare, report, verify, export, import and delete runs.")
    {
        List(terminal),
        Show(terminal),
        CompareCommand.Create(terminal),
        ReportCommand.Create(terminal),
        ExportCommand.Create(terminal),
        ImportCommand.Create(terminal),
        DeleteCommand.Create(terminal),
        VerifyCommand.Create(terminal),
    };

    private static Command List(Terminal terminal)
    {
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("list", "List the runs of a home, newest first.") { home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            List<string> problems = [];
            IReadOnlyList<RunSummary> runs = new RunArchive(place).List(problems.Add);
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(
                    JsonSerializer.Serialize(new { Home = place.Path, Runs = runs, Problems = problems }, EngineJson.Events));
                return;
            }

            Table table = Tables.Create("id", "name", "state", "on", "step", "best val.", "test");
            foreach (RunSummary run in runs)
            {
                table.AddRow(
                    Tables.Cells(
                        run.Id, run.Name ?? run.Spec.Name ?? "", Words(run.State), ClusterText.Place(run.Placement),
                        $"{run.Step} / {run.Spec.MaxSteps}",
                        Format.Percent(run.BestValidAccuracy), Format.Percent(run.TestAccuracy)));
            }

            terminal.Console.Write(table);
            terminal.Console.WriteLine($"{Format.Plural(runs.Count, "run")} in {place.Runs}");
            problems.ForEach(terminal.Console.WriteLine);
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        Argument<string> name = Usage.Word("RUN", WhichRun);
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("show", "Show a run's settings, state and figures.") { name, home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string word = usage.RequiredWord("RUN", "name a run that `runs list` shows");
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            RunSummary run = new RunArchive(place).Find(word, terminal.Error.WriteLine);
            if (usage.Is(json))
            {
                var looks = RunArchive.Events(run).OfType<EvaluationCompleted>().ToList();
                terminal.Out.WriteLine(JsonSerializer.Serialize(new { Run = run, Evaluations = looks }, EngineJson.Events));
                return;
            }

            Table table = Tables.Create("", run.Id);
            foreach ((string what, string value) in RunFacts.Of(run))
            {
                table.AddRow(Tables.Cells(what, value));
            }

            terminal.Console.Write(table);
        });
        return command;
    }

    public static string Words(RunState state) => state.ToString().ToLowerInvariant();
}
