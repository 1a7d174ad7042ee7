using DistillStudio.Commands;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Commands;

public class ReadmeTests
{
    [Fact]
    public void Readme_FlagsOfTrain_AreThoseOfTheProgram()
    {
        string[] rows = [.. ReadLines().SkipWhile(l => l != "## Flags of `train`").Where(l => l.StartsWith("| `--", StringComparison.Ordinal))];

        IEnumerable<string> documented = rows.Select(row => row.Split('`')[1].Split(' ')[0]);
        Assert.Equal(new TrainFlags(_ => true).Options.Select(o => o.Name).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Readme_Commands_AreThoseOfTheProgram()
    {
        string table = string.Concat(ReadLines().SkipWhile(l => l != "## Other commands").TakeWhile(l => l != "## On a GPU"));

        IEnumerable<string> commands = CommandLine.Create(Terminal.Own()).Subcommands.Select(c => c.Name).Where(name => name != "train");
        Assert.All(commands, name => Assert.Contains($"| `{name} ", table, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Readme_TrainingCommands_AreUnderstood()
    {
        string[] lines = [.. ReadLines().Where(l => l.StartsWith(SpecArguments.Program + " train", StringComparison.Ordinal) && l.Contains("DIR", StringComparison.Ordinal))];
        Assert.Equal(4, lines.Length);
        foreach (string line in lines)
        {
            CommandResult result = await InProcess.RunAsync(line[SpecArguments.Program.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries));

            Assert.StartsWith("--from_pretrained DIR is not a folder", Assert.Single(result.Problems)); // all else is right
        }
    }

    private static string[] ReadLines()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "README.md")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return File.ReadAllLines(Path.Combine(folder!, "README.md"));
    }
}
