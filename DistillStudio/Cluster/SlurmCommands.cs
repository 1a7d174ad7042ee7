using System.Globalization;
using System.Text.RegularExpressions;

namespace DistillStudio.Cluster;

/// <summary>Slurm through its commands, in the forms that versions from 20.11 on print.</summary>
public sealed partial class SlurmCommands : ISlurm
{
    private const string JobFields = "JobArrayID:|,State:|,Reason:|,exit_code:|,RestartCnt:|,NodeList:|,SubmitTime:|,Partition:|,Name:100|,"
        + "Comment:200";

    private const string NodeFields =
        "NodeList:|,Partition:|,StateComplete:|,CPUsState:|,Gres:|,GresUsed:|,Memory:|,Time:|,Reason:200";

    private const int DefaultLargestArray = 1_001;

    private static readonly string[] Needed = ["sbatch", "squeue", "scancel", "sinfo", "scontrol"];

    private int? _largestArray;

    /// <summary>Longest wait for an answer; the programs themselves give up on a silent controller after about ten seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public string? WhyUnavailable => OperatingSystem.IsWindows()
        ? "Slurm is used from Linux; open the studio on a machine that submits jobs, such as the cluster's login node."
        : Needed.FirstOrDefault(name => SlurmProgram.Find(name) is null) is { } missing
            ? $"Slurm is not installed here: there is no {missing}; open the studio on a machine that submits jobs, such as the cluster's "
                + $"login node."
            : null;

    public async Task<string> SubmitAsync(IReadOnlyList<string> options, string script, CancellationToken cancellationToken)
    {
        string answer = (await RunAsync("sbatch", ["--parsable", .. options], script, cancellationToken)).Trim();
        string id = answer.Split(';')[0]; // followed by the cluster's name where there are several
        return id.Length > 0 && id.All(char.IsAsciiDigit)
            ? id
            : throw new SlurmException($"sbatch: {answer}: no job id.", isLasting: true);
    }

    public async Task<IReadOnlyList<SlurmJob>> ListAsync(CancellationToken cancellationToken)
    {
        string answer = await RunAsync(
            "squeue", ["--noheader", "--array", "--me", "--states=all", "-O", JobFields], null, cancellationToken);
        return [.. Lines(answer).Select(ReadJob).OfType<SlurmJob>()];
    }

    public async Task<SlurmJob?> FindEndedAsync(string id, string comment, CancellationToken cancellationToken)
    {
        if (SlurmProgram.Find("sacct") is null)
        {
            return null;
        }

        try
        {
            string answer = await RunAsync(
                "sacct",
                ["--noheader", "--parsable2", "--allocations", "--duplicates", $"--jobs={id}", "--starttime=now-30days",
                    "--format=JobID,State,Reason,ExitCode,NodeList,Submit,Comment"],
                null, cancellationToken);
            return Lines(answer).Select(ReadEnded).OfType<SlurmJob>().LastOrDefault(
                job => job.Id == id && (job.Comment == comment || job.Comment.Length == 0));
        }
        catch (SlurmException)
        {
            return null; // most clusters without accounting have the program all the same
        }
    }

    public Task CancelAsync(string id, CancellationToken cancellationToken) => RunAsync("scancel", [id], null, cancellationToken);

    public Task SignalAsync(string id, string signal, CancellationToken cancellationToken) =>
        RunAsync("scancel", ["--batch", $"--signal={signal}", id], null, cancellationToken);

    public async Task<IReadOnlyList<SlurmNode>> NodesAsync(CancellationToken cancellationToken)
    {
        string answer = await RunAsync("sinfo", ["--noheader", "--Node", "-O", NodeFields], null, cancellationToken);
        return [.. Lines(answer).Select(ReadNode).OfType<SlurmNode>()];
    }

    public async Task<int> LargestArrayAsync(CancellationToken cancellationToken)
    {
        if (_largestArray is not { } known)
        {
            string answer = await RunAsync("scontrol", ["show", "config"], null, cancellationToken);
            _largestArray = known = ArraySize().Match(answer) is { Success: true } match
                && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int size)
                ? size
                : DefaultLargestArray;
        }

        return Math.Max(1, known - 1); // the size is one more than the highest index, and indices begin at 0
    }

    /// <summary>Reads a line of squeue; returns null if it is none.</summary>
    internal static SlurmJob? ReadJob(string line)
    {
        string[] parts = line.Split('|', 10);
        return parts.Length < 10 ? null : new(
            parts[0].Trim(), SlurmStates.Parse(parts[1]), parts[1].Trim(), Known(parts[2]), Known(parts[5]), ExitCode(parts[3]),
            Whole(parts[4]), parts[6].Trim(), Known(parts[9]) ?? "", parts[8].Trim(), parts[7].Trim());
    }

    /// <summary>Reads a line of sacct; returns null if it is none.</summary>
    internal static SlurmJob? ReadEnded(string line)
    {
        string[] parts = line.Split('|', 7);
        if (parts.Length < 7)
        {
            return null;
        }

        int[] code = [.. parts[3].Split(':').Select(Whole)];
        int exit = code is [_, > 0] ? 128 + code[1] : code[0];
        return new(
            parts[0].Trim(), SlurmStates.Parse(parts[1]), parts[1].Trim(), Known(parts[2]), Known(parts[4]), exit, 0, parts[5].Trim(),
            Known(parts[6]) ?? "");
    }

    /// <summary>Reads a line of sinfo; returns null if it is none.</summary>
    internal static SlurmNode? ReadNode(string line)
    {
        string[] parts = line.Split('|', 9);
        if (parts.Length < 9)
        {
            return null;
        }

        int[] cpus = [.. parts[3].Split('/').Select(Whole)]; // allocated, idle, other, total
        int gpus = Gpus(parts[4]);
        string partition = parts[1].Trim();
        return new(
            parts[0].Trim(), partition.TrimEnd('*'), partition.EndsWith('*'), parts[2].Trim(), cpus.ElementAtOrDefault(3),
            cpus.ElementAtOrDefault(1), gpus, Math.Max(0, gpus - Gpus(parts[5])), (long)Whole(parts[6]) << 20, parts[7].Trim(),
            Known(parts[8]));
    }

    /// <summary>Returns the number of GPUs in a list of resources, such as <c>gpu:a100:4(S:0-1),tmp:1</c>.</summary>
    private static int Gpus(string resources) => Gpu().Matches(resources).Sum(match => Whole(match.Groups[1].Value));

    /// <summary>Returns the exit code from a status as <c>wait</c> gives it: the signal is in its low bits.</summary>
    private static int ExitCode(string status) => Whole(status) is var raw && (raw & 0x7f) != 0 ? 128 + (raw & 0x7f) : raw >> 8;

    private static string? Known(string text) =>
        text.Trim() is var word && word is "" or "None" or "none" or "(null)" or "N/A" or "None assigned" ? null : word;

    private static int Whole(string text) =>
        int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : 0;

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<string> RunAsync(string name, IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken) =>
        SlurmProgram.RunAsync(name, arguments, input, Timeout, cancellationToken);

    [GeneratedRegex(@"MaxArraySize\s*=\s*([0-9]+)")]
    private static partial Regex ArraySize();

    [GeneratedRegex(@"(?:^|,)gpu(?::[^:,()]+)?:([0-9]+)")]
    private static partial Regex Gpu();
}
