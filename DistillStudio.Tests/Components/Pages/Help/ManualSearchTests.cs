using DistillStudio.Components.Pages.Help;

namespace DistillStudio.Tests.Components.Pages.Help;

public class ManualSearchTests
{
    private static readonly Chapter[] Chapters =
    [
        ChapterReader.Read("method", """
            # The method

            A teacher and a student. Alpha is mentioned here in passing.

            ## Alpha

            The weight of the label loss.
            """),
        ChapterReader.Read("flags", """
            # Flags

            ## train

            `--alpha X` sets alpha, the label loss's weight; `--batch_size N` the rows per batch.
            """),
    ];

    [Fact]
    public void Find_OneWord_PutsTheSectionOfThatNameFirst() =>
        Assert.Equal(["method/Alpha", "flags/train", "method/The method"], Places("alpha"));

    [Theory]
    [InlineData("ALPHA weight", "method/Alpha", "flags/train")]
    [InlineData("label   loss", "flags/train", "method/Alpha")]
    [InlineData("--batch_size", "flags/train")]
    [InlineData("batch_si", "flags/train")]
    [InlineData("flags batch", "flags/train")]
    [InlineData("alpha nowhere")]
    [InlineData("(")]
    [InlineData("  ")]
    [InlineData("")]
    public void Find_Words_MustAllBeInTheSection(string query, params string[] expected) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), Places(query).Order(StringComparer.Ordinal));

    [Fact]
    public void Find_Hit_MarksEveryMatchAndKeepsTheText()
    {
        SearchHit hit = ManualSearch.Find(Chapters, "alpha sets")[0];

        Assert.Equal(["alpha", "sets", "alpha"], hit.Excerpt.Where(run => run.IsMatch).Select(run => run.Text));
        string excerpt = string.Concat(hit.Excerpt.Select(run => run.Text));
        Assert.StartsWith("--alpha X sets alpha, the label loss's weight", excerpt, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_LongSection_ShowsTheTextAroundTheMatch()
    {
        string filler = string.Join(' ', Enumerable.Repeat("filler", 100));
        Chapter chapter = ChapterReader.Read("long", $"# Long\n\n{filler} needle {filler}");

        string excerpt = string.Concat(Assert.Single(ManualSearch.Find([chapter], "needle")).Excerpt.Select(run => run.Text));

        Assert.StartsWith("… filler", excerpt, StringComparison.Ordinal);
        Assert.Contains("needle", excerpt, StringComparison.Ordinal);
        Assert.EndsWith("filler …", excerpt, StringComparison.Ordinal);
        Assert.InRange(excerpt.Length, 100, 200);
    }

    [Theory]
    [InlineData("aaaa")]
    [InlineData("needle")]
    public void Find_TextWithoutSpaces_IsCutAllTheSame(string query)
    {
        Chapter chapter = ChapterReader.Read("long", $"# Long\n\n{new string('a', 500)}needle{new string('b', 500)}");

        string excerpt = string.Concat(Assert.Single(ManualSearch.Find([chapter], query)).Excerpt.Select(run => run.Text));

        Assert.InRange(excerpt.Length, 6, 190);
    }

    private static string[] Places(string query) =>
        [.. ManualSearch.Find(Chapters, query).Select(hit => $"{hit.Section.ChapterName}/{hit.Section.Heading}")];
}
