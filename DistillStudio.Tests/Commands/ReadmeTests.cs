using DistillStudio.Engine.Settings;
using DistillStudio.Tests.Manual;

namespace DistillStudio.Tests.Commands;

public class ReadmeTests
{
    private const int MostWords = 800;

    [Fact]
    public void Readme_Length_IsThatOfOneScreenAndAHalf() =>
        Assert.InRange(
            ManualFiles.Read(ManualFiles.Readme).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, 1, MostWords);

    /// <summary>Models and folders that are not here are all that is wrong with the paper's four runs.</summary>
    [Theory]
    [InlineData(ManualFiles.Readme, "google/t5-efficient-mini", new[] { "--from_pretrained nowhere/absent is not" })]
    [InlineData($"{ManualFiles.Docs}/method.md", "DIR", new[] { "--from_pretrained nowhere/absent is not", "--data-dir data/datasets is not" })]
    public async Task FourRuns_Commands_AreUnderstood(string file, string model, string[] expected)
    {
        string start = $"{SpecArguments.Program} train --from_pretrained ";
        string[] lines =
        [
            .. ManualFiles.Read(file).ReplaceLineEndings("\n").Split('\n')
                .Where(l => l.StartsWith($"{start}{model} ", StringComparison.Ordinal)),
        ];
        Assert.InRange(lines.Length, 4, 20);
        foreach (string line in lines)
        {
            string withoutModel = line.Replace($" {model} ", " nowhere/absent ", StringComparison.Ordinal);

            CommandResult result = await InProcess.RunAsync(
                withoutModel[SpecArguments.Program.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries));

            Assert.Equal(expected, result.Problems.Select(p => p.Split(" a folder")[0]));
        }
    }
}
