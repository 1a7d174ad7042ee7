using System.CommandLine;
using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Runs;

/// <summary>The <c>runs import</c> command: takes in runs that another studio exported.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> file = Usage.Word("FILE", "A zip that `runs export` wrote");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("import", "Take runs from a zip of another studio into this home.") { file, home, json };
        command.SetAction((parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string path = usage.Expand(usage.RequiredWord("FILE", "name a zip that `runs export` wrote"));
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            IReadOnlyList<RunSummary> runs = new RunImport(place).Import(path, stop);
            if (usage.Is(json))
            {
                var imported = runs.Select(run => new { run.Id, Original = run.Origin!.Id, run.Folder });
                terminal.Out.WriteLine(JsonSerializer.Serialize(new { Imported = imported }, EngineJson.Events));
                return Task.FromResult(ExitCodes.Done);
            }

            foreach (RunSummary run in runs)
            {
                terminal.Out.WriteLine(run.Id == run.Origin!.Id ? $"Imported {run.Id}." : $"Imported {run.Origin.Id} as {run.Id}, "
                    + $"since its id is taken.");
            }

            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
