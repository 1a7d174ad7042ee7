using DistillStudio.Components.Pages.Help;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace DistillStudio.Tests.Manual;

/// <summary>Links of README, CONTRIBUTING and the manual, as a forge follows them.</summary>
public class LinkTests
{
    public static TheoryData<string> Files => [.. ManualFiles.All];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_LinksAndPictures_LeadSomewhere(string file)
    {
        IEnumerable<string> broken = Links(file)
            .Select(link => (Url: link.Url ?? "", Why: Trouble(file, link.Url ?? "")))
            .Where(link => link.Why is not null)
            .Select(link => $"{link.Url}: {link.Why}");

        Assert.Empty(broken);
    }

    [Fact]
    public void Manual_EveryFile_IsAChapterOfTheContents()
    {
        const string Contents = $"{ManualFiles.Docs}/README.md";
        IEnumerable<string> linked = Links(Contents).Select(link => $"{ManualFiles.Docs}/{link.Url}");

        Assert.Equal(ManualFiles.Chapters.Where(file => file != Contents), linked.Order(StringComparer.Ordinal));
    }

    /// <summary>The studio shows the manual's files alone: what leads out of their folder would be dead there.</summary>
    [Fact]
    public void Manual_Links_StayInTheStudio()
    {
        IEnumerable<string> dead =
            from file in ManualFiles.Chapters
            from link in Links(file)
            where (link.IsImage ? ManualLinks.ResolveImage(link.Url ?? "") : ManualLinks.Resolve("", link.Url ?? "")) is null
            select $"{file}: {link.Url}";

        Assert.Empty(dead);
    }

    private static string? Trouble(string file, string url)
    {
        if (url.StartsWith("https://", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = url.Split('#');
        string folder = Path.GetDirectoryName(ManualFiles.PathOf(file))!;
        string target = parts[0].Length == 0 ? ManualFiles.PathOf(file) : Path.GetFullPath(Path.Combine(folder, parts[0]));
        if (!Path.Exists(target))
        {
            return "no such file";
        }

        return parts.Length == 1 || Anchors(target).Contains(parts[1]) ? null : "no such heading";
    }

    private static IEnumerable<LinkInline> Links(string file) => ChapterReader.Parse(ManualFiles.Read(file)).Descendants<LinkInline>();

    private static HashSet<string> Anchors(string path) =>
        [.. ChapterReader.Parse(File.ReadAllText(path)).Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id ?? "")];
}
