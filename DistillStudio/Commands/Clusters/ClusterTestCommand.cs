using System.CommandLine;
using System.Text.Json;
using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using Spectre.Console;

namespace DistillStudio.Commands.Clusters;

/// <summary>The <c>cluster test</c> command, and <c>cluster probe</c>, which its job runs on the node.</summary>
internal static class ClusterTestCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> word = Usage.Word("PROFILE", "The profile's name");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("test", "Submit a small job, and show what it finds on its node.") { word, home, json };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string name = usage.RequiredWord("PROFILE", "name a profile; `cluster profiles` shows them");
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            ClusterProfile profile = new ClusterProfiles(place).Get(name);
            var tester = new ClusterTester(place, ClusterCommand.Reachable(), TimeProvider.System);
            ClusterTestResult result = await tester.RunAsync(profile, now => Tell(terminal, now, usage.Is(json)), stop);
            if (usage.Is(json))
            {
                await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(result, EngineJson.Events));
            }
            else if (result.Found is { } found)
            {
                Table table = Tables.Create("", found.Node);
                foreach ((string what, string value) in found.Facts())
                {
                    table.AddRow(Tables.Cells(what, value));
                }

                terminal.Console.Write(table);
            }
            else
            {
                await terminal.Error.WriteLineAsync(result.Problem);
            }

            return result.Found is { LibTorch: not null, HomeProblem: null } ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    /// <summary>Writes what this machine offers to a file of the home.</summary>
    public static Command Probe()
    {
        Option<string[]> home = CommonFlags.Home();
        Option<string[]> file = Usage.Flag("--out", "FILE", "Where to write it");
        var command = new Command("probe", "Write what this machine offers to a file; the job of cluster test does.")
        {
            home, file,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string path = usage.Required(file, "name the file that is to be written");
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            AtomicFile.WriteAllText(path, JsonSerializer.Serialize(ClusterProbe.Take(place), EngineJson.Spec));
        });
        return command;
    }

    private static void Tell(Terminal terminal, ClusterTestResult now, bool isJson)
    {
        if (!isJson && !now.IsDone)
        {
            terminal.Out.WriteLine($"Job {now.JobId} is {ClusterText.Title(now.State)}{(now.Reason is { } why ? $" ({why})" : "")}.");
        }
    }
}
