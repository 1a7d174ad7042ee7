using System.Text;
using System.Text.RegularExpressions;
using DistillStudio.Configuration;

namespace DistillStudio.Tests.Manual;

/// <summary>The chapter's table of settings and its example of a file are those of the program.</summary>
public sealed partial class StudioSettingsChapterTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _chapter = ManualFiles.Read($"{ManualFiles.Docs}/command-line.md");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Chapter_SettingsOfTheStudio_AreThoseOfTheProgram()
    {
        IEnumerable<(string, string)> rows = Row().Matches(_chapter).Select(row => (row.Groups["name"].Value, row.Groups["flag"].Value));

        Assert.Equal(StudioSettings.Flags.Select(setting => (setting.Key, setting.Value)), rows);
    }

    [Fact]
    public void Chapter_ExampleFile_IsRead()
    {
        File.WriteAllBytes(_folder["appsettings.json"], Encoding.UTF8.GetBytes(Example().Match(_chapter).Groups["json"].Value));

        StudioOptions options = StudioConfiguration.Read(_folder.Home, new Dictionary<string, string?>());

        Assert.Equal(
            ("http://localhost:5090", "studio.example.org", false), (options.Urls[0], options.AllowedHosts[0], options.ResumesRuns));
        Assert.Equal("json", options.Configuration!["Logging:Console:FormatterName"]);
    }

    [GeneratedRegex(@"^\| `(?<name>\w+)` \| `(?<flag>--[\w-]+)`.*\| `DistillStudio__\k<name>` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"```text\s+(?<json>\{\s+""DistillStudio"".*?\n\})", RegexOptions.Singleline)]
    private static partial Regex Example();
}
