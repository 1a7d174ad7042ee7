using System.CommandLine;
using System.Text.Json;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Models;

namespace DistillStudio.Commands;

/// <summary>The <c>models remove</c> command: deletes a model from the home.</summary>
internal static class ModelsRemoveCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "The model's name, as models list shows it");
        Option<bool> yes = Usage.Switch("--yes", "Remove without asking");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command =
            new Command("remove", "Delete a model from the home; models that were trained from it stay.") { name, yes, home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string model = usage.RequiredWord("NAME", "name a model, as models list shows it");
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            string folder = ModelStore.Require(place, model);
            IReadOnlyList<RunSummary> Runs() => new RunArchive(place).List(_ => { });
            ModelUse.RequireUnused(place, folder, Runs());
            if (!usage.Is(yes) && !terminal.Asks($"Delete {folder} ({ByteSize.Format(ModelReport.BytesOf(folder))})? "
                + $"{ModelUse.Warning(place, folder, Runs())}"))
            {
                throw new InputException($"{model} was not removed; confirm with --yes.");
            }

            ModelUse.Remove(place, model, Runs()); // a run may have started while the question was open
            terminal.Out.WriteLine(usage.Is(json)
                ? JsonSerializer.Serialize(new { Removed = ModelStore.NameIn(place, folder), Folder = folder }, EngineJson.Events)
                : $"Removed {folder}.");
        });
        return command;
    }
}
