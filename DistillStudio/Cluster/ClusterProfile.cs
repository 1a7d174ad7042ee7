using System.Globalization;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Cluster;

/// <summary>What the studio's jobs request from Slurm, under a name. Null or an empty list leaves the choice to the cluster.</summary>
public sealed partial record ClusterProfile
{
    public const int LongestLine = 1_000;
    public const int MostLines = 50;

    /// <summary>Most seconds before its time limit at which a job writes its checkpoint.</summary>
    public const int LongestNotice = 3_600;

    /// <summary>Options that the studio sets itself: a profile that changed them would detach jobs from their runs.</summary>
    private static readonly string[] OwnOptions =
    [
        "array", "chdir", "comment", "error", "export", "export-file", "help", "input", "job-name", "no-requeue", "open-mode", "output",
        "parsable", "requeue", "signal", "test-only", "usage", "version", "wait", "wrap",
    ];

    /// <summary>Letters, digits, dots, dashes and underscores.</summary>
    public required string Name { get; init; }

    public string? Partition { get; init; }

    public string? Account { get; init; }

    /// <summary>Such as <c>gpu:1</c> or <c>gpu:a100:1</c>.</summary>
    public string? Gres { get; init; }

    public int? Cpus { get; init; }

    /// <summary>Such as <c>16G</c>; megabytes without a unit.</summary>
    public string? Memory { get; init; }

    /// <summary>Minutes, or such as <c>8:00:00</c> or <c>2-12</c>. A run that takes longer continues in the next job.</summary>
    public string? TimeLimit { get; init; }

    /// <summary>Further options of sbatch, each as one text such as <c>--qos=high</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Lines of bash that prepare the environment on the node, such as <c>module load cuda</c>; run as they are.</summary>
    public IReadOnlyList<string> Preamble { get; init; } = [];

    /// <summary>
    /// Folder of the node to which dataset and model are copied before the training, such as <c>$TMPDIR</c> or
    /// <c>/scratch/$USER</c>; variables are those of the node.
    /// </summary>
    public string? Scratch { get; init; }

    /// <summary>Absolute path of the program on the nodes; null for the path of this one.</summary>
    public string? Program { get; init; }

    /// <summary>Seconds before the time limit at which a job writes its checkpoint and makes room for the next.</summary>
    public int Notice { get; init; } = 60;

    /// <exception cref="InputException">The profile is invalid; the exception lists every problem.</exception>
    public void Require()
    {
        string[] problems = [.. Problems()];
        if (problems.Length > 0)
        {
            throw new InputException(problems);
        }
    }

    /// <summary>Returns one sentence for each problem.</summary>
    public IEnumerable<string> Problems()
    {
        if (!ProfileName().IsMatch(Name))
        {
            yield return $"The name \"{Shown(Name)}\" is not one of a profile; use up to 40 letters, digits, dots, dashes and "
                + $"underscores, beginning with a letter or digit.";
        }

        foreach ((string what, string? value, Regex rule, string example) in (IEnumerable<(string, string?, Regex, string)>)[
            ("partition", Partition, Word(), "gpu"), ("account", Account, Word(), "my-lab"), ("gres", Gres, Word(), "gpu:1"),
            ("memory", Memory, MemorySize(), "16G"), ("time limit", TimeLimit, Time(), "8:00:00"),
            ("scratch folder", Scratch, ScratchPath(), "$TMPDIR or /scratch/$USER"), ("program", Program, AbsolutePath(),
                "/opt/distillstudio/DistillStudio")])
        {
            if (value is not null && !rule.IsMatch(value))
            {
                yield return $"The {what} \"{Shown(value)}\" of profile {Shown(Name)} is not valid; write it like {example}.";
            }
        }

        if (Cpus is < 1 or > 4_096)
        {
            yield return $"The {Cpus} CPUs of profile {Shown(Name)} are out of range; give a whole number from 1 to 4096.";
        }

        if (Notice is < 1 or > LongestNotice)
        {
            yield return $"The notice of {Notice} s of profile {Shown(Name)} is out of range; give 1 to {LongestNotice} seconds.";
        }

        foreach (string problem in Options.Select(OptionProblem).OfType<string>().Concat(LineProblems()))
        {
            yield return problem;
        }
    }

    private string? OptionProblem(string option)
    {
        Match match = SbatchOption().Match(option);
        return !match.Success || option.Length > LongestLine
            ? $"The option \"{Shown(option)}\" of profile {Shown(Name)} is not one of sbatch; write it whole, like --qos=high."
            : OwnOptions.FirstOrDefault(own => own.StartsWith(match.Groups[1].Value, StringComparison.Ordinal)) is { } own
                ? $"The option --{own} is set by the studio; leave it out of profile {Shown(Name)}."
                : null;
    }

    private IEnumerable<string> LineProblems()
    {
        if (Preamble.Count > MostLines || Options.Count > MostLines)
        {
            yield return $"Profile {Shown(Name)} has more than {MostLines} options or lines of preamble; put them into a script, and name "
                + $"that in the preamble.";
        }

        if (Preamble.FirstOrDefault(line => line.Length > LongestLine || line.Any(c => char.IsControl(c) && c != '\t')) is { } wrong)
        {
            yield return $"The line \"{Shown(wrong)}\" of the preamble of profile {Shown(Name)} is too long or holds a control character; "
                + $"give one line of text each.";
        }
    }

    private static string Shown(string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c))}");

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,39}\z")]
    private static partial Regex ProfileName();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.,:=@+*-]{0,199}\z")]
    private static partial Regex Word();

    [GeneratedRegex(@"\A[1-9][0-9]{0,11}[KMGTkmgt]?\z")]
    private static partial Regex MemorySize();

    [GeneratedRegex(@"\A([0-9]{1,7}|[0-9]{1,7}:[0-9]{2}(:[0-9]{2})?|[0-9]{1,4}-[0-9]{1,2}(:[0-9]{2}){0,2})\z")]
    private static partial Regex Time();

    [GeneratedRegex(@"\A(/|\$[A-Z_]+)[A-Za-z0-9_./$-]{0,500}\z")]
    private static partial Regex ScratchPath();

    [GeneratedRegex(@"\A/[^\x00-\x1f\x7f]{1,1000}\z")]
    private static partial Regex AbsolutePath();

    [GeneratedRegex(@"\A--([a-z][a-z0-9-]*)(=[^\x00-\x1f\x7f]*)?\z")]
    private static partial Regex SbatchOption();
}
