using System.CommandLine;
using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Runs;

/// <summary>The <c>runs export</c> command: packs runs into one archive.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Usage.Words("RUN…", RunsCommand.WhichRun);
        Option<string[]> to = Usage.Flag("--out", "FILE", "The archive [ID.zip here]");
        Option<bool> weights = Usage.Switch("--weights", "Pack the model and the checkpoints too");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("export", "Pack runs into a zip: settings, events, samples, answers, and their figures as CSV.") { names, to, weights, home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            IReadOnlyList<string> words = usage.RequiredWords("RUN", 1, "name the runs to export");
            string? file = usage.Path(to);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            IReadOnlyList<RunSummary> runs = new RunArchive(place).FindAll(words);
            string path = Path.GetFullPath(file ?? $"{runs[0].Id}.zip");
            Write(path, runs, usage.Is(weights));
            long bytes = new FileInfo(path).Length;
            terminal.Out.WriteLine(usage.Is(json)
                ? JsonSerializer.Serialize(new { File = path, Bytes = bytes, Runs = runs.Select(run => run.Id) }, EngineJson.Events)
                : $"{path}: {Format.Plural(runs.Count, "run")}, {ByteSize.Format(bytes)}.");
        });
        return command;
    }

    private static void Write(string path, IReadOnlyList<RunSummary> runs, bool withWeights)
    {
        if (runs.CountBy(run => run.Id).FirstOrDefault(ids => ids.Value > 1) is { Key: { } twice })
        {
            throw new InputException($"Two of the folders are called {twice}; export them one at a time.");
        }

        OutputFile.Create(path, stream => RunZip.Write(stream, runs, withWeights));
    }
}
