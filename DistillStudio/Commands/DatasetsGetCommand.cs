using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Configuration;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>The <c>datasets get</c> command: downloads a published dataset.</summary>
internal static class DatasetsGetCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", string.Join(", ", DatasetGetter.Names));
        Option<string[]> from =
            Usage.Flag("--from", "URL|FILE", $"Archive or folder to get it from [the setting {StudioSettings.DatasetsUrl}, "
                + $"else ${DatasetGetter.Variable}, else the original's repository]");
        Option<string[]> sha256 = Usage.Flag("--sha256", "HEX", "SHA-256 that the downloaded archive must have");
        Option<string[]> dataDir = CommonFlags.DataDir();
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command =
            new Command("get", "Download a published dataset, with its teachers' answers.") { name, from, sha256, dataDir, home, json };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string dataset = usage.RequiredWord("NAME", $"name one of {string.Join(", ", DatasetGetter.Names)}");
            string? named = usage.Text(from);
            string? sum = usage.Text(sha256);
            if (sum is not null && (sum.Length != 64 || !sum.All(char.IsAsciiHexDigit)))
            {
                usage.Add("--sha256 is not a SHA-256; give its 64 hexadecimal digits.");
            }

            var place = new StudioHome(usage.Path(home));
            string? folderPath = usage.Path(dataDir);
            usage.Demand();
            string folder = folderPath ?? place.Datasets;
            string source = named ?? DatasetGetter.SourceOf(StudioConfiguration.Read(place).DatasetsUrl);
            using HttpClient client = Downloader.CreateClient();
            var line = new ProgressLine(terminal);
            GetResult result;
            try
            {
                result = await new DatasetGetter(new Downloader(client)).GetAsync(
                    dataset, folder, source, sum, progress => line.Show(() => progress.Text, progress.Data.Waiting is not null), stop);
            }
            finally
            {
                line.Clear();
            }

            if (usage.Is(json))
            {
                await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(
                    new
                    {
                        Dataset = result.Name,
                        Splits = result.Splits.ToDictionary(split => split.Key, split => new { Rows = split.Value }),
                        result.Teachers,
                        result.Notes,
                    },
                    EngineJson.Events));
                return ExitCodes.Done;
            }

            terminal.Console.Write(TableOf(result));
            foreach (string note in result.Notes)
            {
                terminal.Console.WriteLine(note);
            }

            terminal.Console.WriteLine($"{result.Name} is in {Path.GetFullPath(folder)}.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Table TableOf(GetResult result)
    {
        Table table = Tables.Create("split", "rows", "teacher", "agrees with the truth", "expected");
        foreach ((string split, int rows) in result.Splits)
        {
            TeacherProof[] proofs = [.. result.Teachers.Where(proof => proof.Split == split)];
            foreach (TeacherProof? proof in proofs.DefaultIfEmpty<TeacherProof?>(null))
            {
                table.AddRow(
                    Tables.Cells(split, rows.ToString("N0", CultureInfo.InvariantCulture), proof?.Teacher
                        ?? "", Percent(proof?.Agreement),
                        proof is null ? "" : proof.Expected is null ? "unknown" : Percent(proof.Expected)));
            }
        }

        return table;
    }

    private static string Percent(double? share) => share is { } value ? value.ToString("0.00 %", CultureInfo.InvariantCulture) : "";
}
