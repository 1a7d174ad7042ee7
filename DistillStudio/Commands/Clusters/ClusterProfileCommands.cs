using System.CommandLine;
using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Commands.Clusters;

/// <summary>Commands that change the profiles: <c>cluster set</c> and <c>cluster remove</c>.</summary>
internal static class ClusterProfileCommands
{
    public static Command Set(Terminal terminal)
    {
        Argument<string> word = Usage.Word("PROFILE", "The profile's name");
        Option<string[]> partition = Usage.Flag("--partition", "NAME", "Partition");
        Option<string[]> account = Usage.Flag("--account", "NAME", "Account that is charged");
        Option<string[]> gres = Usage.Flag("--gres", "LIST", "Generic resources, such as gpu:1");
        Option<string[]> cpus = Usage.Flag("--cpus", "N", "CPUs a job");
        Option<string[]> memory = Usage.Flag("--memory", "SIZE", "Memory a job, such as 16G");
        Option<string[]> limit = Usage.Flag(
            "--time", "LIMIT", "Time limit of a job, such as 8:00:00; a longer run continues in the next job");
        Option<string[]> notice = Usage.Flag("--notice", "SECONDS", "Seconds before the limit at which a job writes its checkpoint [60]");
        Option<string[]> options = Usage.Flag(
            "--option", "TEXT", "A further option of sbatch, such as --option=--qos=high; may be repeated");
        Option<string[]> preamble = Usage.Flag("--preamble", "LINE", "A line of bash before the program starts; may be repeated");
        Option<string[]> scratch = Usage.Flag(
            "--scratch", "DIR", "Folder of the node to which dataset and model are copied first, such as $TMPDIR");
        Option<string[]> program = Usage.Flag("--program", "FILE", "The program's path on the nodes [the path of this one]");
        Option<bool> isDefault = Usage.Switch("--default", "Let new runs of the studio's pages begin on this profile");
        Option<string[]> home = CommonFlags.Home();
        var command = new Command(
            "set", "Make a profile, or change what is given of one; an empty value takes a setting away.")
        {
            word, partition, account, gres, cpus, memory, limit, notice, options, preamble, scratch, program, isDefault, home,
        };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string name = usage.RequiredWord("PROFILE", "name the profile, such as gpu");
            var profiles = new ClusterProfiles(new StudioHome(usage.Path(home)));
            ClusterProfile before = profiles.Find(name) ?? new ClusterProfile { Name = name };
            int? noticed = usage.Whole(notice, 1, ClusterProfile.LongestNotice);
            ClusterProfile changed = before with
            {
                Partition = Changed(partition, before.Partition),
                Account = Changed(account, before.Account),
                Gres = Changed(gres, before.Gres),
                Cpus = usage.TextOrEmpty(cpus) is "" ? null : usage.Whole(cpus, 1, 4_096) ?? before.Cpus,
                Memory = Changed(memory, before.Memory),
                TimeLimit = Changed(limit, before.TimeLimit),
                Notice = noticed ?? before.Notice,
                Options = Lines(options, before.Options),
                Preamble = Lines(preamble, before.Preamble),
                Scratch = Changed(scratch, before.Scratch),
                Program = Changed(program, before.Program),
            };
            foreach (string problem in changed.Problems())
            {
                usage.Add(problem);
            }

            usage.Demand();
            profiles.Save(changed);
            if (usage.Is(isDefault))
            {
                profiles.SetDefault(name);
            }

            terminal.Out.WriteLine($"Profile {name} is saved; `cluster test {name}` shows what a job finds on its node.");

            string? Changed(Option<string[]> flag, string? value) =>
                usage.TextOrEmpty(flag) switch { null => value, "" => null, var text => text };

            IReadOnlyList<string> Lines(Option<string[]> flag, IReadOnlyList<string> value) =>
                usage.TextOrEmpty(flag) switch { null => value, "" => [], _ => [.. usage.Texts(flag)] };
        });
        return command;
    }

    public static Command Remove(Terminal terminal)
    {
        Argument<string> word = Usage.Word("PROFILE", "The profile's name");
        Option<string[]> home = CommonFlags.Home();
        var command = new Command("remove", "Remove a profile; jobs that were submitted with it continue.") { word, home };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string name = usage.RequiredWord("PROFILE", "name a profile; `cluster profiles` shows them");
            var profiles = new ClusterProfiles(new StudioHome(usage.Path(home)));
            usage.Demand();
            profiles.Remove(name);
            terminal.Out.WriteLine($"Removed profile {name}.");
        });
        return command;
    }
}
