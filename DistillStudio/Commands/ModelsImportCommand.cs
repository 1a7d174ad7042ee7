using System.CommandLine;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Commands;

/// <summary>The <c>models import</c> command: imports a model from a folder or an archive into the home.</summary>
internal static class ModelsImportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> source = Usage.Word("FOLDER|ZIP", "A Hugging Face folder, or a zip archive of one");
        Option<string[]> name = Usage.Flag("--name", "NAME", "Its name in the home, such as mine or lab/mine [the folder's or archive's]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command =
            new Command(
                "import", "Check a model as for training, all weights included, and copy it into the home.") { source, name, home, json };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string path = usage.RequiredPath("FOLDER|ZIP", "name a model's folder, or a zip archive of one");
            string? wanted = usage.Text(name);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            var line = new ProgressLine(terminal);
            try
            {
                BroughtModel got = await DedicatedThread.RunAsync(
                    () => new ModelImporter(place).Import(path, wanted, progress => line.Show(() => progress.Text), stop));
                line.Clear();
                await terminal.Out.WriteLineAsync(ModelsCommand.Text(got, $"copied from {got.Origin.Source}", usage.Is(json)));
            }
            finally
            {
                line.Clear();
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
