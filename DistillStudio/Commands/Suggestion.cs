using System.CommandLine;
using System.CommandLine.Parsing;

namespace DistillStudio.Commands;

/// <summary>Suggests the command or flag that a mistyped one was meant to be.</summary>
internal static class Suggestion
{
    /// <summary>Returns a message listing the known commands, for a missing or unknown command.</summary>
    public static string MissingCommand(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string? word = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).FirstOrDefault()?.Value;
        string[] names = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        string known = string.Join(", ", names);
        if (word is null)
        {
            return $"Name a command: {known}; `--help` explains them.";
        }

        string meant = For(word, names);
        return $"{word} is not a command; {meant}{(meant.Length == 0 ? "use" : "Use")} {known}, or `--help`.";
    }

    /// <summary>Returns a question that names the nearest known word, and a space; an empty text if none is near.</summary>
    public static string For(string name, IEnumerable<string> known)
    {
        string? nearest = known.MinBy(k => Distance(name, k));
        return nearest is not null && Distance(name, nearest) <= name.Length / 3 ? $"did you mean {nearest}? " : "";
    }

    /// <summary>Returns the number of letters to insert, delete, replace or swap with their neighbour, treating a dash and an underscore
    /// as equal.</summary>
    private static int Distance(string a, string b)
    {
        (a, b) = (a.Replace('_', '-'), b.Replace('_', '-'));
        int[] before = [];
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] next = [i, .. new int[b.Length]];
            for (int j = 1; j <= b.Length; j++)
            {
                bool isSwapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                next[j] = Math.Min(
                    Math.Min(next[j - 1], row[j]) + 1,
                    Math.Min(row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), isSwapped ? before[j - 2] + 1 : int.MaxValue));
            }

            (before, row) = (row, next);
        }

        return row[^1];
    }
}
