using DistillStudio.Components.Pages.Help;
using DistillStudio.Tests.Manual;
using Microsoft.Extensions.FileProviders;

namespace DistillStudio.Tests.Components.Pages.Help;

public sealed class UserManualTests : IDisposable
{
    private readonly TempFolder _webRoot = new();

    public void Dispose() => _webRoot.Dispose();

    [Fact]
    public void Chapters_OwnManual_AreThoseOfItsContentsInOrder()
    {
        using var files = new PhysicalFileProvider(ManualFiles.PathOf("wwwroot-assets"));
        var manual = new UserManual(files);

        Assert.Equal(
            [
                "", "getting-started", "my-data", "studio", "data-and-teacher", "cluster", "command-line", "method",
                "performance", "resilience-and-security", "architecture", "developing", "changelog",
            ],
            manual.Chapters.Select(c => c.Name));
        Assert.Equal("The method", manual.Find("method")!.Title);
        Assert.All(manual.Chapters, c => Assert.NotEmpty(c.Title));
        Assert.Null(manual.Find("no-such-chapter"));
        Assert.Same(manual.Chapters[1], manual.Find("getting-started"));
    }

    [Fact]
    public void Chapters_WebRootWithoutManual_AreNone()
    {
        using var files = new PhysicalFileProvider(_webRoot.Path);

        Assert.Empty(new UserManual(files).Chapters);
    }

    [Theory]
    [InlineData("other.md", "help/other")]
    [InlineData("other.md#part-two", "help/other#part-two")]
    [InlineData("#part-two", "help/here#part-two")]
    [InlineData("README.md", "help")]
    [InlineData("https://example.org/a?b=c", "https://example.org/a?b=c")]
    [InlineData("http://example.org", null)]
    [InlineData("//example.org/a.md", null)]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("javascript:alert(1)//a.md", null)]
    [InlineData("data:text/html,x", null)]
    [InlineData("/etc/passwd.md", null)]
    [InlineData("../../README.md", null)]
    [InlineData("a/../../b.md", null)]
    [InlineData("\\\\host\\a.md", null)]
    [InlineData("%2e%2e/a.md", null)]
    [InlineData("", null)]
    [InlineData("#", null)]
    public void Resolve_Link_LeadsIntoTheManualOrToHttps(string url, string? expected) =>
        Assert.Equal(expected, ManualLinks.Resolve("here", url));

    [Theory]
    [InlineData("images/a.svg", "docs/images/a.svg")]
    [InlineData("https://example.org/a.png", null)]
    [InlineData("../icons/studio.svg", null)]
    public void ResolveImage_OfTheManual_LiesInTheWebRoot(string url, string? expected) =>
        Assert.Equal(expected, ManualLinks.ResolveImage(url));

    [Fact]
    public void Read_RawHtmlAndUnsafeLinks_AreShownAsText()
    {
        string html = Html("""
            # Title

            <script>alert(1)</script> and <b onclick="x">bold</b>

            [press](javascript:alert(1)), ![picture](https://example.org/spy.png), <http://example.org>, <javascript:alert(1)>

            <img src=x onerror=alert(1)>
            """);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b ", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.DoesNotContain("href", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        Assert.Contains("press", html, StringComparison.Ordinal);
        Assert.Contains("picture", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Chapter_HasSectionsWithAnchorsAndCodeApart()
    {
        Chapter chapter = ChapterReader.Read("here", """
            # A title

            First.

            ## Is it `real`?

            | a | b |
            |---|---|
            | `--one A\|B` | two |

            ```sh
            dotnet run
            ```

            ### Deeper

            Last *word*
            and [link](other.md).
            """);

        Assert.Equal("A title", chapter.Title);
        Assert.Equal(
            [
                new("here", "A title", "A title", "", 1, "First."),
                new("here", "A title", "Is it real?", "is-it-real", 2, "a b --one A|B two dotnet run"),
                new("here", "A title", "Deeper", "deeper", 3, "Last word and link."),
            ],
            chapter.Sections);
        Assert.Equal(new CodePart("dotnet run", "sh"), Assert.Single(chapter.Parts.OfType<CodePart>()));
        Assert.Equal(2, chapter.Parts.OfType<HtmlPart>().Count());
        Assert.Contains("id=\"is-it-real\"", ((HtmlPart)chapter.Parts[0]).Html, StringComparison.Ordinal);
        Assert.Contains("href=\"help/other\"", ((HtmlPart)chapter.Parts[2]).Html, StringComparison.Ordinal);
    }

    private static string Html(string markdown) =>
        string.Concat(ChapterReader.Read("here", markdown).Parts.OfType<HtmlPart>().Select(part => part.Html));
}
