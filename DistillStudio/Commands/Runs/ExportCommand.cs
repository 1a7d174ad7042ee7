using System.CommandLine;
using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Runs;

/// <summary>The <c>runs export</c> command: packs runs into one archive, or writes their figures in other formats.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Usage.Words("RUN…", RunsCommand.WhichRun);
        Option<string[]> to = Usage.Flag(
            "--out", "PATH", "The archive, or for other formats the parent of one folder per run [ID.zip, or ID, here]");
        Option<string[]> format =
            Usage.Flag(
                "--format", "FORMAT",
                $"{string.Join(", ", ExportFormat.All)}: all files as one archive, or the curves alone [{ExportFormat.Zip}]");
        Option<bool> weights = Usage.Switch("--weights", "Also pack the model and the checkpoints");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command =
            new Command("export", "Pack runs into a zip: settings, events, samples, answers, and their figures as CSV; "
                + "or write their curves for other programs.")
            {
                names,
                format,
                to,
                weights,
                home,
                json,
            };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            IReadOnlyList<string> words = usage.RequiredWords("RUN", 1, "name the runs to export");
            string? file = usage.Path(to);
            string kind = usage.Text(format)?.ToLowerInvariant() ?? ExportFormat.Zip;
            if (!ExportFormat.All.Contains(kind))
            {
                usage.Add($"{format.Name} {kind} is unknown; use {string.Join(", ", ExportFormat.All.SkipLast(1))} or "
                    + $"{ExportFormat.All[^1]}.");
            }
            else if (kind != ExportFormat.Zip && usage.Is(weights))
            {
                usage.Add($"{weights.Name} needs a zip; leave out {format.Name} {kind}, which holds only curves.");
            }

            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            IReadOnlyList<RunSummary> runs = new RunArchive(place).FindDistinct(words, terminal.Error.WriteLine);
            if (kind != ExportFormat.Zip)
            {
                string[] folders = [.. runs.Select(run => WriteFolder(kind, run, Path.GetFullPath(file ?? ".")))];
                terminal.Out.WriteLine(usage.Is(json)
                    ? JsonSerializer.Serialize(new { Folders = folders, Runs = runs.Select(run => run.Id) }, EngineJson.Events)
                    : string.Join('\n', folders));
                return;
            }

            string path = Path.GetFullPath(file ?? $"{runs[0].Id}.zip");
            bool withWeights = usage.Is(weights);
            OutputFile.Create(path, stream => RunZip.Write(stream, runs, withWeights));
            long bytes = new FileInfo(path).Length;
            terminal.Out.WriteLine(usage.Is(json)
                ? JsonSerializer.Serialize(new { File = path, Bytes = bytes, Runs = runs.Select(run => run.Id) }, EngineJson.Events)
                : $"{path}: {Format.Plural(runs.Count, "run")}, {ByteSize.Format(bytes)}.");
        });
        return command;
    }

    /// <summary>Writes a run's files beside the target first, so that an interruption leaves no partial folder.</summary>
    private static string WriteFolder(string format, RunSummary run, string parent)
    {
        string target = Path.Combine(parent, run.Id);
        if (Path.Exists(target))
        {
            throw new InputException($"{target} already exists; name another folder with --out, or remove it.");
        }

        string unfinished = Path.Combine(parent, $".{run.Id}.{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(unfinished);
            ExportFormat.Write(format, run, unfinished);
            Directory.Move(unfinished, target);
            return target;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{target} cannot be written: {e.Message.TrimEnd('.')}; name another folder with --out.", e);
        }
        finally
        {
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }
        }
    }
}
