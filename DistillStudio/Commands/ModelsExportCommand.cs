using System.CommandLine;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Commands.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using DistillStudio.Models;

namespace DistillStudio.Commands;

/// <summary>The <c>models export</c> command: writes a trained model with its card.</summary>
internal static class ModelsExportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> run = Usage.Word("RUN", RunsCommand.WhichRun);
        Argument<string> target = Usage.Word("DEST", "A new folder, or a new archive that ends in .zip");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command =
            new Command(
                "export",
                "Export the model that a run trained as a Hugging Face folder with a model card, or as a zip of one.")
            {
                run, target, home, json,
            };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string word = usage.RequiredWord("RUN", "name the run whose model to export");
            string path = usage.RequiredPath("DEST", "name a new folder, or an archive that ends in .zip");
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            var model = TrainedModel.Of(new RunArchive(place).Find(word), place);
            var line = new ProgressLine(terminal);
            try
            {
                await ModelExport.WriteAsync(full, model, progress => line.Show(() => progress.Text), stop);
            }
            finally
            {
                line.Clear();
            }

            await terminal.Out.WriteLineAsync(usage.Is(json)
                ? JsonSerializer.Serialize(
                    new { Run = model.Run.Id, Path = full, model.Bytes, Files = model.Files.Select(file => file.Name) }, EngineJson.Events)
                : $"{full}: {model.Files.Count} files, {ByteSize.Format(model.Bytes)}.");
            return ExitCodes.Done;
        });
        return command;
    }
}
