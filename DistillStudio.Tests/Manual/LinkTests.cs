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
        IEnumerable<string> broken = ChapterReader.Parse(ManualFiles.Read(file)).Descendants<LinkInline>()
            .Select(link => (Url: link.Url ?? "", Why: Trouble(file, link.Url ?? "")))
            .Where(link => link.Why is not null)
            .Select(link => $"{link.Url}: {link.Why}");

        Assert.Empty(broken);
    }

    [Fact]
    public void Manual_EveryFile_IsAChapterOfTheContents()
    {
        string[] linked = [.. ChapterReader.Parse(ManualFiles.Read($"{ManualFiles.Docs}/README.md")).Descendants<LinkInline>().Select(link => $"{ManualFiles.Docs}/{link.Url}")];

        Assert.Equal(ManualFiles.All.Where(file => file.StartsWith(ManualFiles.Docs, StringComparison.Ordinal) && !file.EndsWith("/README.md", StringComparison.Ordinal)), linked.Order(StringComparer.Ordinal));
    }

    /// <summary>The studio shows the manual's files alone: what leads out of their folder would be dead there.</summary>
    [Fact]
    public void Manual_Links_StayInTheStudio()
    {
        IEnumerable<string> dead = ManualFiles.All.Where(file => file.StartsWith(ManualFiles.Docs, StringComparison.Ordinal))
            .SelectMany(file => ChapterReader.Parse(ManualFiles.Read(file)).Descendants<LinkInline>().Select(link => (File: file, Link: link)))
            .Where(l => (l.Link.IsImage ? ManualLinks.ResolveImage(l.Link.Url ?? "") : ManualLinks.Resolve("", l.Link.Url ?? "")) is null)
            .Select(l => $"{l.File}: {l.Link.Url}");

        Assert.Empty(dead);
    }

    private static string? Trouble(string file, string url)
    {
        if (url.StartsWith("https://", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = url.Split('#');
        string target = parts[0].Length == 0 ? file : Path.GetRelativePath(ManualFiles.Root, Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ManualFiles.PathOf(file))!, parts[0])));
        if (!Path.Exists(ManualFiles.PathOf(target)))
        {
            return "no such file";
        }

        return parts.Length == 1 || Anchors(target).Contains(parts[1]) ? null : "no such heading";
    }

    private static HashSet<string> Anchors(string file) =>
        [.. ChapterReader.Parse(ManualFiles.Read(file)).Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id ?? "")];
}
