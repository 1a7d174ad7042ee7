using System.CommandLine;

namespace DistillStudio.Commands;

/// <summary>Accepts every flag with any mix of <c>-</c> and <c>_</c> between its words.</summary>
internal static class FlagSpelling
{
    private const string EndOfFlags = "--";

    /// <summary>Returns the arguments with each known flag spelled as declared; values are unchanged.</summary>
    public static string[] Canonical(IReadOnlyList<string> arguments, Command root)
    {
        Dictionary<string, string> declared = FlagsOf(root).Distinct().ToDictionary(Key);
        var canonical = new List<string>(arguments.Count);
        bool isPastFlags = false;
        foreach (string argument in arguments)
        {
            isPastFlags |= argument == EndOfFlags;
            canonical.Add(isPastFlags ? argument : Canonical(argument, declared));
        }

        return [.. canonical];
    }

    private static string Canonical(string argument, Dictionary<string, string> declared)
    {
        if (!argument.StartsWith(EndOfFlags, StringComparison.Ordinal))
        {
            return argument;
        }

        int end = argument.AsSpan().IndexOfAny('=', ':');
        string name = end < 0 ? argument : argument[..end];
        return declared.TryGetValue(Key(name), out string? spelled) ? spelled + argument[name.Length..] : argument;
    }

    private static string Key(string flag) => flag.Replace('_', '-');

    private static IEnumerable<string> FlagsOf(Command command) =>
        command.Options.Select(option => option.Name).Concat(command.Subcommands.SelectMany(FlagsOf));
}
