using System.Collections.Immutable;
using DistillStudio.Commands;
using DistillStudio.Components.Controls;
using DistillStudio.Engine.Training;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>A run's settings while they are typed: the last readable value of each, and the texts that cannot be read.</summary>
public sealed record LaunchDraft(RunSpec Spec)
{
    /// <summary>By property of <see cref="RunSpec"/>.</summary>
    public ImmutableDictionary<string, string> Unread { get; init; } = ImmutableDictionary<string, string>.Empty;

    public bool CanLaunch => Unread.Count == 0 && RunSpecRules.Check(Spec).Count == 0;

    /// <summary>As typed, or as the spec has it.</summary>
    public string TextOf(string property) => Unread.GetValueOrDefault(property) ?? FlagOf(property).Write(Spec) ?? "";

    /// <summary>An empty text takes an optional setting back.</summary>
    public LaunchDraft With(string property, string text)
    {
        RunSpecFlag flag = FlagOf(property);
        string trimmed = text.Trim();
        if (trimmed.Length == 0 && Emptied(property) is { } emptied)
        {
            return this with { Spec = emptied, Unread = Unread.Remove(property) };
        }

        return flag.Read(Spec, trimmed) is { } changed && (trimmed.Length > 0 || property is nameof(RunSpec.Dataset) or nameof(RunSpec.FromPretrained))
            ? this with { Spec = changed, Unread = Unread.Remove(property) }
            : this with { Unread = Unread.SetItem(property, text) };
    }

    /// <summary>What is wrong with a field, as a sentence; null where nothing is.</summary>
    public string? ProblemOf(string property)
    {
        RunSpecFlag flag = FlagOf(property);
        if (Unread.TryGetValue(property, out string? text))
        {
            return $"{(text.Trim().Length == 0 ? "This is empty" : $"This cannot be {text.Trim()}")}: give {flag.Expected}.";
        }

        return RunSpecRules.Check(Spec).FirstOrDefault(p => p.Property == property) is { } problem ? Sentence(problem, flag.Name) : null;
    }

    /// <summary>Every problem there is, each with the flag that names its field.</summary>
    public IReadOnlyList<string> Problems =>
        [.. Unread.Keys.Select(p => $"{TitleOf(p)}: {ProblemOf(p)}"), .. RunSpecRules.Check(Spec).Where(p => !Unread.ContainsKey(p.Property)).Select(p => $"{TitleOf(p.Property)}: {Sentence(p, RunSpecRules.FlagOf(p.Property))}")];

    /// <summary>The settings in an address: the flags that are not at their defaults.</summary>
    public PageQuery Write()
    {
        var query = new PageQuery();
        IReadOnlyList<string> arguments = RunSpecCommandLine.Arguments(Spec);
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            string value = parts.Length == 2 ? parts[1]
                : RunSpecFlags.All.First(f => f.Name == parts[0]).IsSwitch ? RunSpecFlags.On
                : arguments[++i];
            query.Set(parts[0][2..], value);
        }

        return query;
    }

    /// <summary>Null where the address says nothing of a run.</summary>
    public static LaunchDraft? Read(PageQuery query)
    {
        string? Value(RunSpecFlag flag) => query.Text(flag.Name[2..]);

        return RunSpecFlags.All.Any(f => Value(f) is not null) ? new(RunSpecCommandLine.Read(Value, _ => { })) : null;
    }

    private RunSpec? Emptied(string property) => property switch
    {
        nameof(RunSpec.Threads) => Spec with { Threads = null },
        nameof(RunSpec.EvalLimit) => Spec with { EvalLimit = null },
        nameof(RunSpec.DataDir) => Spec with { DataDir = null },
        nameof(RunSpec.Name) => Spec with { Name = null },
        _ => null,
    };

    private static RunSpecFlag FlagOf(string property) => RunSpecFlags.All.First(f => f.Property == property);

    private static string TitleOf(string property) => SpecFields.All.FirstOrDefault(f => f.Property == property)?.Title ?? property;

    /// <summary>On the page the field itself says which flag is meant.</summary>
    private static string Sentence(SpecProblem problem, string flag)
    {
        string saying = problem.Message.StartsWith(flag, StringComparison.Ordinal) ? problem.Message[flag.Length..].TrimStart() : problem.Message;
        return char.ToUpperInvariant(saying[0]) + saying[1..];
    }
}
