using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>A run's settings as a command line and back: reading what is formatted gives an equal spec, but for settings that do not apply.</summary>
public static class RunSpecCommandLine
{
    /// <summary>How the program is called from the repository's root.</summary>
    public const string Program = "dotnet run --project DistillStudio --";

    /// <summary>The command that trains <paramref name="spec"/>, for a POSIX shell; flags at their defaults are left out, and those that do not apply.</summary>
    public static string Format(RunSpec spec, string program = Program)
    {
        var line = new StringBuilder(program).Append(" train");
        foreach (string argument in Arguments(spec))
        {
            line.Append(' ').Append(Quote(argument));
        }

        return line.ToString();
    }

    /// <summary>The arguments after <c>train</c>, unquoted.</summary>
    public static IReadOnlyList<string> Arguments(RunSpec spec)
    {
        RunSpec defaults = Defaults(spec.Dataset) with { Dataset = "" }; // the dataset is named always
        defaults = defaults with { Llm = ImpliedTeacher(spec, defaults) };
        var arguments = new List<string>();
        foreach (RunSpecFlag flag in RunSpecFlags.All)
        {
            if (flag.Write(spec) is not { } value || value == flag.Write(defaults) || !IsWorthSaying(flag, spec))
            {
                continue;
            }

            if (flag.IsSwitch)
            {
                arguments.Add(flag.Name);
            }
            else if (value.StartsWith('-'))
            {
                arguments.Add($"{flag.Name}={value}"); // apart from its flag it would read as one
            }
            else
            {
                arguments.AddRange([flag.Name, value]);
            }
        }

        return arguments;
    }

    /// <summary>The spec that flags make, with defaults for those absent.</summary>
    /// <param name="valueOf">The text given to a flag, <see cref="RunSpecFlags.On"/> for a switch; null where it is absent.</param>
    /// <param name="problems">Takes a sentence for each value that cannot be read, and for each rule that the spec breaks.</param>
    internal static RunSpec Read(Func<RunSpecFlag, string?> valueOf, Action<string> problems)
    {
        var given = RunSpecFlags.All.Select(flag => (Flag: flag, Value: valueOf(flag))).Where(g => g.Value is not null).ToList();
        foreach (IGrouping<string, RunSpecFlag> excluded in given.Select(g => g.Flag).GroupBy(flag => flag.Property).Where(flags => flags.Count() > 1))
        {
            problems($"{string.Join(" and ", excluded.Select(flag => flag.Name))} exclude each other; give one of them.");
        }

        RunSpec defaults = Defaults(given.FirstOrDefault(g => g.Flag.Property == nameof(RunSpec.Dataset)).Value ?? "");
        RunSpec spec = defaults;
        var unread = new HashSet<string>();
        foreach ((RunSpecFlag flag, string? value) in given)
        {
            if (flag.Read(spec, value!) is { } changed)
            {
                spec = changed;
                continue;
            }

            unread.Add(flag.Property);
            problems($"{flag.Name} {(value!.Length == 0 ? "is empty" : $"cannot be {value}")}; give {flag.Expected}.");
        }

        if (given.All(g => g.Flag.Property != nameof(RunSpec.Llm)))
        {
            spec = spec with { Llm = ImpliedTeacher(spec, defaults) };
        }

        foreach (SpecProblem problem in RunSpecRules.Check(spec).Where(p => !unread.Contains(p.Property)))
        {
            problems(problem.Message);
        }

        return spec;
    }

    /// <summary>The settings of a run that goes on, changed by flags where those may change them.</summary>
    /// <param name="spec">As the run began.</param>
    /// <param name="valueOf">As for <see cref="Read"/>.</param>
    /// <param name="changeable">Properties that may differ from then.</param>
    /// <param name="problems">Takes a sentence for each flag that cannot be read or may not change.</param>
    internal static RunSpec Change(RunSpec spec, Func<RunSpecFlag, string?> valueOf, IReadOnlyCollection<string> changeable, Action<string> problems)
    {
        foreach ((RunSpecFlag flag, string value) in RunSpecFlags.All.Select(flag => (flag, valueOf(flag)!)).Where(given => given.Item2 is not null))
        {
            if (!changeable.Contains(flag.Property))
            {
                problems($"{flag.Name} cannot change in a run that goes on; leave it out, or start a new run without --resume.");
            }
            else if (flag.Read(spec, value) is { } changed)
            {
                spec = changed;
            }
            else
            {
                problems($"{flag.Name} cannot be {value}; give {flag.Expected}.");
            }
        }

        foreach (SpecProblem problem in RunSpecRules.Check(spec))
        {
            problems(problem.Message);
        }

        return spec;
    }

    private static RunSpec Defaults(string dataset) =>
        dataset == DemoDataset.Name ? DemoDefaults.StepByStep : new() { Dataset = dataset, FromPretrained = "" };

    /// <summary>Without <c>--llm</c>, the dataset's usual teacher where the run needs one.</summary>
    private static string? ImpliedTeacher(RunSpec spec, RunSpec defaults) =>
        RunSpecRules.Applies(nameof(RunSpec.Llm), spec) ? defaults.Llm ?? DatasetLayout.Palm : null;

    /// <summary>A teacher that trains nothing still shows its answers beside the samples.</summary>
    private static bool IsWorthSaying(RunSpecFlag flag, RunSpec spec) => flag.Property == nameof(RunSpec.Llm) || RunSpecRules.Applies(flag.Property, spec);

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_=+:,./@%".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
