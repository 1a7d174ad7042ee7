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

    /// <summary>Folders that are not here are all that is wrong with them.</summary>
    [Theory]
    [InlineData(ManualFiles.Readme)]
    [InlineData($"{ManualFiles.Docs}/method.md")]
    public async Task FourRuns_Commands_AreUnderstood(string file)
    {
        string[] lines =
        [
            .. ManualFiles.Read(file).ReplaceLineEndings("\n").Split('\n')
                .Where(l => l.StartsWith(SpecArguments.Program + " train --from_pretrained DIR", StringComparison.Ordinal)),
        ];
        Assert.InRange(lines.Length, 4, 20);
        foreach (string line in lines)
        {
            CommandResult result = await InProcess.RunAsync(
                line[SpecArguments.Program.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries));

            Assert.Equal(
                ["--from_pretrained DIR is not", "--data-dir data/datasets is not"], result.Problems.Select(p => p.Split(" a folder")[0]));
        }
    }
}
