using System.Text.RegularExpressions;

namespace DistillStudio.Tests;

/// <summary>Rules of the code that no analyser knows.</summary>
public partial class SourceTests
{
    /// <summary>Each starts work that catches everything itself.</summary>
    private static readonly string[] Starters = ["LiveComponent.cs", "BrowserInterop.cs", "Throttle.cs"];

    private const string Here = "DistillStudio.Tests/SourceTests.cs";
    private const int LongestLine = 140;
    private const int LongestFile = 300;

    [Fact]
    public void Studio_WorkThatNobodyAwaits_IsStartedWhereItsFailureIsSeen()
    {
        SourceFile[] files =
        [
            .. Files().Where(file => file.Path.StartsWith("DistillStudio/", StringComparison.Ordinal)
                && Path.GetExtension(file.Path) is ".cs" or ".razor"),
        ];
        Assert.True(files.Length > 100);
        Assert.Empty(files
            .Where(file => !Starters.Contains(Path.GetFileName(file.Path)))
            .SelectMany(file => file.Where(line => Unobserved().IsMatch(line))));
    }

    /// <summary>
    /// A wait for a bare expression evaluates its text each time, which the studio's Content-Security-Policy forbids from the second time
    /// on: it passes only where what it waits for is there already. A function is evaluated once.
    /// </summary>
    [Fact]
    public void Tests_WaitForAConditionInThePage_GiveItAsAFunction()
    {
        (string Path, string Text)[] tests =
            [.. Files().Where(file => file.IsTest && file.Path != Here).Select(file => (file.Path, string.Join('\n', file.Lines)))];
        Assert.Contains(tests, test => test.Text.Contains(".WaitForFunctionAsync(", StringComparison.Ordinal));
        Assert.Empty(tests.SelectMany(test => BareWait().Matches(test.Text).Select(wait => $"{test.Path}: {wait.Value}")));
    }

    [Fact]
    public void Lines_AreShort() => Assert.Empty(Files()
        .SelectMany(file => file.Where(line => line.Length > LongestLine && !(file.IsTest && IsText(line)))));

    [Fact]
    public void Files_AreShort() =>
        Assert.Empty(Files().Where(file => file.Lines.Length > LongestFile).Select(file => $"{file.Path} has {file.Lines.Length} lines"));

    /// <summary>Returns true for a line of a table: tests quote whole lines of files, pages and commands.</summary>
    private static bool IsText(string line) => line.AsSpan().IndexOfAny("\"'") >= 0;

    private static IEnumerable<SourceFile> Files()
    {
        return
            from folder in (string[])["DistillStudio", "DistillStudio.Engine", "DistillStudio.Tests", "wwwroot-assets"]
            from file in Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Root, folder), "*", SearchOption.AllDirectories)
            let path = Path.GetRelativePath(RepositoryFolder.Root, file).Replace('\\', '/')
            where Path.GetExtension(path) is ".cs" or ".razor" or ".css" or ".js" && !path.Split('/').Any(part => part is "bin" or "obj")
            select new SourceFile(path, File.ReadAllLines(file));
    }

    private sealed record SourceFile(string Path, string[] Lines)
    {
        public bool IsTest => Path.StartsWith("DistillStudio.Tests/", StringComparison.Ordinal);

        /// <summary>Returns the place and the text of the lines that meet the condition.</summary>
        public IEnumerable<string> Where(Func<string, bool> condition) =>
            Lines.Select((line, i) => (line, i)).Where(each => condition(each.line)).Select(
                each => $"{Path}:{each.i + 1}: {each.line.Trim()}");
    }

    [GeneratedRegex("""\.WaitForFunctionAsync\((?>\s*[$"]*\s*)(?!(\(\)|\w+) => ).*""")]
    private static partial Regex BareWait();

    /// <summary>A task thrown away, or one that cannot be awaited.</summary>
    [GeneratedRegex(@"_ = (?!await\b)(\w+\.)*(\w+Async|Task\.Run|\w*\.?StartNew)(<\w+>)?\(|async void|\.ContinueWith\(|\.Forget\(")]
    private static partial Regex Unobserved();
}
