using System.Globalization;
using DistillStudio.Cluster;

namespace DistillStudio.Components.Pages.Cluster;

/// <summary>A profile during editing, as texts that need not be valid.</summary>
public sealed record ProfileDraft
{
    private const string AnyName = "profile";

    public string Name { get; init; } = "";

    public string Partition { get; init; } = "";

    public string Account { get; init; } = "";

    public string Gres { get; init; } = "";

    public string Cpus { get; init; } = "";

    public string Memory { get; init; } = "";

    public string TimeLimit { get; init; } = "";

    /// <summary>One option a line.</summary>
    public string Options { get; init; } = "";

    /// <summary>Lines of bash.</summary>
    public string Preamble { get; init; } = "";

    public string Scratch { get; init; } = "";

    public string Program { get; init; } = "";

    public string Notice { get; init; } = "60";

    public static ProfileDraft Of(ClusterProfile profile) => new()
    {
        Name = profile.Name,
        Partition = profile.Partition ?? "",
        Account = profile.Account ?? "",
        Gres = profile.Gres ?? "",
        Cpus = profile.Cpus?.ToString(CultureInfo.InvariantCulture) ?? "",
        Memory = profile.Memory ?? "",
        TimeLimit = profile.TimeLimit ?? "",
        Options = string.Join('\n', profile.Options),
        Preamble = string.Join('\n', profile.Preamble),
        Scratch = profile.Scratch ?? "",
        Program = profile.Program ?? "",
        Notice = profile.Notice.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Returns the profile; null while a field is not valid.</summary>
    /// <param name="others">Names of the profiles that it must not replace.</param>
    public ClusterProfile? ToProfile(IReadOnlyCollection<string> others)
    {
        ClusterProfile profile = With(new() { Name = Name.Trim() }, null);
        return NameProblem(others) is null && CpusProblem is null && NoticeProblem is null && !profile.Problems().Any() ? profile : null;
    }

    /// <summary>Returns what is wrong with the name, as a sentence; null if nothing is.</summary>
    public string? NameProblem(IReadOnlyCollection<string> others) => others.Contains(Name.Trim())
        ? $"There is a profile {Name.Trim()} already; edit that, or choose another name."
        : new ClusterProfile { Name = Name.Trim() }.Problems().FirstOrDefault();

    /// <summary>Returns what is wrong with a field other than the name, as a sentence; null if nothing is.</summary>
    /// <param name="field">Name of a property of this type.</param>
    public string? ProblemOf(string field) => field switch
    {
        nameof(Cpus) when CpusProblem is { } problem => problem,
        nameof(Notice) when NoticeProblem is { } problem => problem,
        _ => With(new() { Name = NameProblem([]) is null ? Name.Trim() : AnyName }, field).Problems().FirstOrDefault(),
    };

    private string? CpusProblem => Cpus.Trim().Length > 0 && Whole(Cpus) is null
        ? "CPUs must be a whole number from 1 to 4096; leave it empty for the cluster's default."
        : null;

    private string? NoticeProblem => Whole(Notice) is null
        ? $"The notice must be a whole number of seconds from 1 to {ClusterProfile.LongestNotice}."
        : null;

    /// <param name="start">Has a name.</param>
    /// <param name="field">The one property to take over; null for all.</param>
    private ClusterProfile With(ClusterProfile start, string? field)
    {
        bool Takes(string property) => field is null || field == property;
        string? Text(string property, string text) => Takes(property) && text.Trim() is { Length: > 0 } given ? given : null;
        return start with
        {
            Partition = Text(nameof(Partition), Partition),
            Account = Text(nameof(Account), Account),
            Gres = Text(nameof(Gres), Gres),
            Cpus = Takes(nameof(Cpus)) ? Whole(Cpus) : null,
            Memory = Text(nameof(Memory), Memory),
            TimeLimit = Text(nameof(TimeLimit), TimeLimit),
            Options = Takes(nameof(Options)) ? Lines(Options, line => line.Trim()) : [],
            Preamble = Takes(nameof(Preamble)) ? Lines(Preamble, line => line.TrimEnd()) : [],
            Scratch = Text(nameof(Scratch), Scratch),
            Program = Text(nameof(Program), Program),
            Notice = Takes(nameof(Notice)) ? Whole(Notice) ?? start.Notice : start.Notice,
        };
    }

    private static string[] Lines(string text, Func<string, string> trim) =>
        [.. text.ReplaceLineEndings("\n").Split('\n').Select(trim).Where(line => line.Length > 0)];

    private static int? Whole(string text) =>
        int.TryParse(text.Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : null;
}
