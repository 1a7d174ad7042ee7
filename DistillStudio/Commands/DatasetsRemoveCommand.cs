using System.CommandLine;
using System.Text.Json;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Commands;

/// <summary>The <c>datasets remove</c> command: deletes a dataset's files.</summary>
internal static class DatasetsRemoveCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "The dataset's name");
        Option<bool> yes = Usage.Switch("--yes", "Remove without asking");
        Option<string[]> dataDir = CommonFlags.DataDir();
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command =
            new Command(
                "remove", "Delete a dataset's rows and its teachers' answers; runs that used it stay.") { name, yes, dataDir, home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string dataset = usage.RequiredWord("NAME", "name a dataset");
            string folder = usage.Path(dataDir) ?? new StudioHome(usage.Path(home)).Datasets;
            usage.Demand();
            IReadOnlyList<string> folders = DatasetRemover.Find(dataset, folder);
            if (!usage.Is(yes) && !terminal.Asks($"Delete {string.Join(" and ", folders)}?"))
            {
                throw new InputException($"{dataset} was not removed; confirm with --yes.");
            }

            DatasetRemover.Remove(folders);
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(new { Removed = dataset, Folders = folders }, EngineJson.Events));
            }
            else
            {
                terminal.Out.WriteLine($"Removed {string.Join(" and ", folders)}.");
            }
        });
        return command;
    }
}
