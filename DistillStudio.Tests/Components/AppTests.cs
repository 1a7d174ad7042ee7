using System.Text.RegularExpressions;

namespace DistillStudio.Tests.Components;

/// <summary>What a browser is told to load before the circuit asks for it.</summary>
public sealed partial class AppTests
{
    private static readonly string Scripts = Path.Combine(RepositoryFolder.Root, "wwwroot-assets", "js");

    [Fact]
    public async Task Modules_ImportedByTheStudiosScript_AreAllPreloaded()
    {
        string app = await File.ReadAllTextAsync(
            Path.Combine(RepositoryFolder.Root, "DistillStudio", "Components", "App.razor"), TestContext.Current.CancellationToken);
        string[] listed = [.. QuotedText().Matches(ModuleList().Match(app).Value).Select(match => match.Groups[1].Value)];

        SortedSet<string> imported = [];
        var left = new Queue<string>(["studio"]);
        while (left.TryDequeue(out string? module))
        {
            string text = await File.ReadAllTextAsync(Path.Combine(Scripts, $"{module}.js"), TestContext.Current.CancellationToken);
            foreach (string other in Import().Matches(text).Select(match => match.Groups[1].Value).Where(imported.Add))
            {
                left.Enqueue(other);
            }
        }

        Assert.NotEmpty(imported);
        Assert.Equal(imported, listed);
    }

    [GeneratedRegex(@"Modules =\s*\[.*?\]", RegexOptions.Singleline)]
    private static partial Regex ModuleList();

    [GeneratedRegex("\"([a-z-]+)\"")]
    private static partial Regex QuotedText();

    [GeneratedRegex(@"(?:import|from) '\./([a-z-]+)\.js'")]
    private static partial Regex Import();
}
