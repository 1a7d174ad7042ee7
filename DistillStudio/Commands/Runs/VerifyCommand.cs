using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verification;
using DistillStudio.Jobs;
using Spectre.Console;

namespace DistillStudio.Commands.Runs;

/// <summary>The <c>runs verify</c> command: replays stretches of a run and compares them with its record.</summary>
internal static class VerifyCommand
{
    /// <summary>Maximum number of differences printed; the JSON has all.</summary>
    private const int MostPrinted = 20;

    public static Command Create(Terminal terminal)
    {
        Argument<string> run = Usage.Word("RUN|ZIP", $"{RunsCommand.WhichRun}, or a ZIP file of one");
        Option<string[]> stretches = Usage.Flag("--stretches", "N", "Number of stretches between checkpoints to draw and recompute [2]");
        Option<string[]> steps = Usage.Flag("--steps", "A-B,…", "Stretches to recompute, instead of drawing them");
        Option<string[]> seed = Usage.Flag("--seed", "N", "Seed of the draw [a new one each time]");
        Option<string[]> model = Usage.Flag("--from_pretrained", "DIR", "The model that the run started from [where the run found it]");
        Option<string[]> dataDir = Usage.Flag("--data-dir", "DIR", "Folder that holds the datasets [where the run found them]");
        Option<string[]> device = Usage.Flag("--device", "DEVICE", "auto, cpu, cuda or cuda:n [the run's kind]");
        Option<string[]> threads = Usage.Flag("--threads", "N", "CPU threads [as many as the run used]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("verify", "Recompute stretches of a run, and check that its record is reproduced to the last bit.")
        {
            run, stretches, steps, seed, model, dataDir, device, threads, home, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string word = usage.RequiredPath("RUN|ZIP", "name a run, its folder or a ZIP file of it");
            int? count = usage.Whole(stretches, 0, int.MaxValue);
            IReadOnlyList<StepRange>? named = Ranges(usage, steps);
            int drawn = usage.Whole(seed, 0, int.MaxValue) ?? Random.Shared.Next();
            if (count is not null && named is not null)
            {
                usage.Add("--stretches and --steps exclude each other; give one of them.");
            }

            string? deviceName = usage.Text(device)?.ToLowerInvariant();
            if (deviceName is not null && !Devices.IsName(deviceName))
            {
                usage.Add($"--device {deviceName} is not a device; use auto, cpu, cuda or cuda:n.");
            }

            var place = new StudioHome(usage.Path(home));
            string? modelFolder = usage.Path(model);
            var options = new VerificationOptions(
                count ?? 2, named, drawn, modelFolder, usage.Path(dataDir), deviceName, usage.Whole(threads, 1, SettingLimits.MostThreads));
            usage.Demand();
            bool isJson = usage.Is(json);
            options = options with { Model = modelFolder is null ? null : ModelLocator.Find(modelFolder, place) };
            VerificationReport report = await DedicatedThread.RunAsync(
                () => Verify(word, options, place, isJson ? _ => { } : terminal.Out.WriteLine, stop));
            if (isJson)
            {
                await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(report, EngineJson.Events));
            }
            else
            {
                Print(terminal, report);
            }

            return report.Outcome == VerificationOutcome.Differs ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static IReadOnlyList<StepRange>? Ranges(Usage usage, Option<string[]> flag)
    {
        try
        {
            return usage.Text(flag) is { } text ? StepRange.Parse(text) : null;
        }
        catch (InputException e)
        {
            usage.Add($"{flag.Name}: {e.Message}");
            return null;
        }
    }

    private static VerificationReport Verify(
        string word, VerificationOptions options, StudioHome home, Action<string> progress, CancellationToken stop)
    {
        if (Directory.Exists(word) || !File.Exists(word))
        {
            return RunVerifier.Verify(RunFolder.Open(new RunArchive(home).Find(word).Folder), options, home, progress, stop);
        }

        using var unpacked = UnpackedRun.Open(word);
        return RunVerifier.Verify(unpacked.Folder, options with { IsForeign = true }, home, progress, stop);
    }

    private static void Print(Terminal terminal, VerificationReport report)
    {
        foreach (string sentence in report.Sentences)
        {
            terminal.Out.WriteLine(sentence);
        }

        if (report.Findings.Count > 0)
        {
            Table table = Tables.Create("file", "step", "field", "recorded", "found");
            foreach (Finding finding in report.Findings.Take(MostPrinted))
            {
                table.AddRow(
                    Tables.Cells(finding.Place, finding.Step?.ToString(CultureInfo.InvariantCulture)
                        ?? "", finding.Field, finding.Recorded, finding.Found));
            }

            terminal.Console.Write(table);
        }

        if (report.Findings.Count > MostPrinted)
        {
            terminal.Out.WriteLine($"{Format.Plural(report.Findings.Count - MostPrinted, "more difference", "more differences")}: "
                + $"--json prints all of them.");
        }

        if (report.Seed is { } seed)
        {
            terminal.Out.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"Drawn with --seed {seed}; took {Format.Duration(report.Seconds)}."));
        }
    }
}
