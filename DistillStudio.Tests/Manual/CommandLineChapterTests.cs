using System.CommandLine;
using System.Text;
using System.Text.RegularExpressions;
using DistillStudio.Commands;

namespace DistillStudio.Tests.Manual;

/// <summary>
/// The chapter's tables of commands and flags are those of the program. To write them anew:
/// <c>DISTILLSTUDIO_WRITE_DOCS=1 dotnet test --project DistillStudio.Tests -c Release --filter-class '*CommandLineChapterTests'</c>
/// </summary>
public partial class CommandLineChapterTests
{
    private const string Chapter = $"{ManualFiles.Docs}/command-line.md";
    private const string Heading = "## Commands and flags\n\n";

    [Fact]
    public void Chapter_CommandsAndFlags_AreThoseOfTheProgram()
    {
        string chapter = ManualFiles.Read(Chapter).ReplaceLineEndings("\n");
        int start = chapter.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length;
        string tables = Tables();
        if (Environment.GetEnvironmentVariable("DISTILLSTUDIO_WRITE_DOCS") == "1")
        {
            File.WriteAllText(ManualFiles.PathOf(Chapter), chapter[..start] + tables);
            return;
        }

        Assert.Equal(tables, chapter[start..]);
    }

    private static string Tables()
    {
        var text = new StringBuilder();
        foreach ((string name, Command command) in Leaves(CommandLine.Create(Terminal.Own()), ""))
        {
            text.Append($"### {name}\n\n{command.Description}\n\n| flag | meaning | default |\n|---|---|---|\n");
            foreach (Argument argument in command.Arguments.Where(a => !a.Hidden))
            {
                AppendRow(text, argument.Name, argument.Description);
            }

            foreach (Option option in command.Options)
            {
                string flag = option.HelpName is { } value ? $"{option.Name} {value}" : option.Name;
                AppendRow(text, flag, option.Description, whenAbsent: option is Option<bool> ? "off" : "");
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static IEnumerable<(string Name, Command Command)> Leaves(Command command, string name) => command.Subcommands.Count == 0
        ? [(name, command)]
        : command.Subcommands.Where(child => !child.Hidden).SelectMany(child => Leaves(child, $"{name} {child.Name}".TrimStart()));

    /// <summary>Help ends with the default in brackets.</summary>
    private static void AppendRow(StringBuilder text, string flag, string? help, string whenAbsent = "")
    {
        Match match = WithDefault().Match(help ?? "");
        string byDefault = match.Groups["default"] is { Success: true } given ? given.Value : whenAbsent;
        text.Append($"| `{Cell(flag)}` | {Cell(match.Groups["meaning"].Value)} | {Cell(byDefault)} |\n");
    }

    private static string Cell(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "\\<", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<meaning>.*?)( \[(?<default>[^\]]*)\])?$")]
    private static partial Regex WithDefault();
}
