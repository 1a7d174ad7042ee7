using DistillStudio.Engine.Settings;

namespace DistillStudio.Reports;

/// <summary>Commands that reproduce what a report shows.</summary>
internal static class CommandText
{
    /// <summary>Returns a command of the program for a POSIX shell.</summary>
    public static string Of(params IEnumerable<string> words) =>
        $"{SpecArguments.Program} {string.Join(' ', words.Select(SpecArguments.Quote))}";
}
