using System.Collections.Immutable;
using DistillStudio.Commands;
using DistillStudio.Components.Controls;
using DistillStudio.Engine.Training;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>A run's settings while they are typed: the last readable value of each, the texts that cannot be read, and which of them the user has set.</summary>
/// <param name="Spec">What would be launched.</param>
public sealed record LaunchDraft(RunSpec Spec)
{
    /// <summary>Properties that the user has set, in the form, an address, a file or an earlier run: they keep their values, the others follow the choices.</summary>
    public ImmutableHashSet<string> Touched { get; init; } = [];

    /// <summary>The touched settings as the user wants them: one that does not go with the others for a while comes back afterwards.</summary>
    public RunSpec Wished { get; init; } = Spec;

    /// <summary>Properties that the last change set.</summary>
    public IReadOnlyList<string> LastSet { get; init; } = [];

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
            return Set([property], emptied) with { Unread = Unread.Remove(property) };
        }

        return flag.Read(Spec, trimmed) is { } changed && (trimmed.Length > 0 || property is nameof(RunSpec.Dataset) or nameof(RunSpec.FromPretrained))
            ? Set([property], changed) with { Unread = Unread.Remove(property) }
            : Set([property], Spec) with { Unread = Unread.SetItem(property, text) };
    }

    /// <summary>Takes what the user has chosen: every setting in which <paramref name="chosen"/> differs counts as touched.</summary>
    public LaunchDraft With(RunSpec chosen) => Set([.. SpecProperties.Differing(Spec, chosen)], chosen);

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

    /// <summary>The draft in an address: the dataset, and the flags of what the user has set.</summary>
    public PageQuery Write()
    {
        var query = new PageQuery();
        foreach (RunSpecFlag flag in RunSpecFlags.All.Where(f => f.Property == nameof(RunSpec.Dataset) || Touched.Contains(f.Property)))
        {
            query.Set(KeyOf(flag), flag.Write(Wished));
        }

        return query;
    }

    /// <summary>A draft in which the flags of an address are touched; the other settings still lack their defaults. Null where the address says nothing of a run.</summary>
    public static LaunchDraft? Read(PageQuery query)
    {
        string? Value(RunSpecFlag flag) => query.Text(KeyOf(flag));

        RunSpecFlag[] given = [.. RunSpecFlags.All.Where(f => Value(f) is not null)];
        RunSpec spec = RunSpecCommandLine.Read(Value, _ => { });
        return given.Length == 0 ? null : new(spec) { Touched = [.. given.Where(f => f.Read(spec, Value(f)!) is not null).Select(f => f.Property)] };
    }

    private static string KeyOf(RunSpecFlag flag) => flag.Name[2..];

    private LaunchDraft Set(IReadOnlyList<string> properties, RunSpec source) => this with
    {
        Spec = source,
        Wished = SpecProperties.With(Wished, properties, source),
        Touched = Touched.Union(properties),
        LastSet = properties,
    };

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
