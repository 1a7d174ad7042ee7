using System.Text.RegularExpressions;

namespace DistillStudio.Tests;

/// <summary>Rules of the code that no analyser knows.</summary>
public partial class SourceTests
{
    /// <summary>Each starts work that catches everything itself.</summary>
    private static readonly string[] Starters = ["LiveComponent.cs", "BrowserInterop.cs", "Throttle.cs"];

    [Fact]
    public void Studio_WorkThatNobodyAwaits_IsStartedWhereItsFailureIsSeen()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "DistillStudio.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        string[] files = [.. new[] { "*.cs", "*.razor" }.SelectMany(kind => Directory.EnumerateFiles(Path.Combine(root, "DistillStudio"), kind, SearchOption.AllDirectories))
            .Where(file => !Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))];
        Assert.True(files.Length > 100);
        Assert.Empty(files
            .Where(file => !Starters.Contains(Path.GetFileName(file)))
            .SelectMany(file => File.ReadLines(file).Select((line, i) => (Text: line, Place: $"{Path.GetRelativePath(root, file)}:{i + 1}: {line.Trim()}")))
            .Where(line => Unobserved().IsMatch(line.Text))
            .Select(line => line.Place));
    }

    /// <summary>A task thrown away, or one that cannot be awaited.</summary>
    [GeneratedRegex(@"_ = (?!await\b)(\w+\.)*(\w+Async|Task\.Run|\w*\.?StartNew)(<\w+>)?\(|async void|\.ContinueWith\(|\.Forget\(")]
    private static partial Regex Unobserved();
}
