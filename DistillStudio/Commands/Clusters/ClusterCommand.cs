using System.CommandLine;
using System.Text.Json;
using DistillStudio.Cluster;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using Spectre.Console;

namespace DistillStudio.Commands.Clusters;

/// <summary>The <c>cluster</c> command: profiles of a Slurm cluster, and what it does.</summary>
internal static class ClusterCommand
{
    public static Command Create(Terminal terminal) => new("cluster", "Hand runs to a Slurm cluster: its profiles, nodes and jobs.")
    {
        Status(terminal),
        Profiles(terminal),
        ClusterProfileCommands.Set(terminal),
        ClusterProfileCommands.Remove(terminal),
        ClusterTestCommand.Create(terminal),
        ClusterTestCommand.Probe(),
    };

    private static Command Status(Terminal terminal)
    {
        Option<bool> json = CommonFlags.Json();
        var command = new Command("status", "The cluster's partitions and nodes, and your jobs.") { json };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            usage.Demand();
            ISlurm slurm = Reachable();
            (IReadOnlyList<SlurmNode> nodes, IReadOnlyList<SlurmJob> jobs) = await AskAsync(slurm, stop);
            if (usage.Is(json))
            {
                await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(new { Nodes = nodes, Jobs = jobs }, EngineJson.Events));
                return ExitCodes.Done;
            }

            Table table = Tables.Create("partition", "node", "state", "CPUs free", "GPUs free", "memory", "time limit", "reason");
            foreach (SlurmNode node in nodes)
            {
                table.AddRow(Tables.Cells(
                    node.Partition, node.Name, node.State, $"{node.CpusFree} of {node.Cpus}", $"{node.GpusFree} of {node.Gpus}",
                    ByteSize.Format(node.MemoryBytes), node.TimeLimit, node.Reason ?? ""));
            }

            terminal.Console.Write(table);
            Table mine = Tables.Create("job", "name", "partition", "state", "node", "reason");
            foreach (SlurmJob job in jobs)
            {
                mine.AddRow(Tables.Cells(job.Id, job.Name, job.Partition, job.Words, job.Node ?? "", job.Reason ?? ""));
            }

            if (jobs.Count == 0)
            {
                terminal.Console.WriteLine("You have no jobs; `train --on PROFILE` submits one.");
                return ExitCodes.Done;
            }

            terminal.Console.Write(mine);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Profiles(Terminal terminal)
    {
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("profiles", "The profiles of a home.") { home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            var profiles = new ClusterProfiles(place);
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(
                    JsonSerializer.Serialize(new { profiles.Default, Profiles = profiles.List() }, EngineJson.Events));
                return;
            }

            Table table = Tables.Create("name", "partition", "account", "gres", "CPUs", "memory", "time limit", "");
            foreach (ClusterProfile profile in profiles.List())
            {
                table.AddRow(Tables.Cells(
                    profile.Name, profile.Partition ?? "", profile.Account ?? "", profile.Gres ?? "", $"{profile.Cpus}",
                    profile.Memory ?? "", profile.TimeLimit ?? "", profile.Name == profiles.Default ? "default" : ""));
            }

            terminal.Console.Write(table);
            terminal.Console.WriteLine($"{Format.Plural(profiles.List().Count, "profile")} in {place.Path}");
        });
        return command;
    }

    private static async Task<(IReadOnlyList<SlurmNode> Nodes, IReadOnlyList<SlurmJob> Jobs)> AskAsync(ISlurm slurm, CancellationToken stop)
    {
        try
        {
            return (await slurm.NodesAsync(stop), await slurm.ListAsync(stop));
        }
        catch (SlurmException e) when (!e.IsLasting)
        {
            throw new StudioException($"{e.Message.TrimEnd('.')}; ask again later.", cause: e);
        }
    }

    /// <exception cref="InputException">Slurm cannot be used from here.</exception>
    public static ISlurm Reachable()
    {
        var slurm = new SlurmCommands();
        return slurm.WhyUnavailable is { } why ? throw new InputException(why) : slurm;
    }
}
