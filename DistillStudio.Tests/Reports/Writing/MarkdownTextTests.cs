using DistillStudio.Reports.Writing;
using Markdig;
using Markdig.Extensions.AutoLinks;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace DistillStudio.Tests.Reports.Writing;

public class MarkdownTextTests
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UseAdvancedExtensions()
        .UseAutoLinks(new AutoLinkOptions { AllowDomainWithoutPeriod = true })
        .Build();

    public static TheoryData<string> Texts =>
    [
        "plain", "p = 0.063", "<script>alert(1)</script>", "a | b || c", "[link](https://example.org)", "![x](y.png)",
        "https://example.org", "www.example.org",
        "mail@example.org", "`code` ``two``", "*bold* _it_ **b** __c__ ~~d~~", "# heading", "## heading ##", "- item", "+ item",
        "* item", "1. item", "12) item", "> quote", ">quote", "- - -", "+", "7.5 %", "1.", "a < b", "a <b", "11:41",
        "---", "===", "\\", "\\\\|", "&amp; &#60; &lt;", "$x$", "a: b", ":smile:", "line\nbreak\r\nend", "\ttab", "{#id}", "==mark==",
        "^sup^", "H~2~O", "[^1]", "\"quotes\" 'single'",
        "日本語 🧪", "<!-- c -->", "|", "#", "a\\|b", "~", "<https://example.org>",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Escape_AnyText_IsReadAsThatText(string text)
    {
        string expected = text.ReplaceLineEndings(" ").Replace('\t', ' ').Trim();
        string escaped = MarkdownText.Escape(text);
        MarkdownDocument paragraph = Markdown.Parse(escaped, Pipeline);
        MarkdownDocument table = Markdown.Parse($"| a | b |\n|---|---|\n| {escaped} | x |\n", Pipeline);
        MarkdownDocument list = Markdown.Parse($"- {escaped}\n", Pipeline);

        Assert.Equal(expected, Plain(Assert.IsType<ParagraphBlock>(Assert.Single(paragraph))));
        Assert.Equal(
            expected,
            Plain(Assert.Single(Body(table)[0].Descendants<ParagraphBlock>())));
        Assert.Equal(2, Body(table).Length);
        Assert.Equal(expected, Plain(Assert.Single(list.Descendants<ParagraphBlock>())));
    }

    [Theory]
    [InlineData("plain\ntext")]
    [InlineData("```\nend\n````\n~~~")]
    public void Block_AnyText_IsReadAsThatText(string text)
    {
        FencedCodeBlock block = Assert.IsType<FencedCodeBlock>(Assert.Single(Markdown.Parse(MarkdownText.Block(text), Pipeline)));

        Assert.Equal(text, block.Lines.ToString());
    }

    private static TableCell[] Body(MarkdownDocument table) =>
        [.. table.Descendants<TableCell>().Where(cell => cell.Parent is TableRow { IsHeader: false })];

    /// <summary>Returns the text of a paragraph; fails if it holds anything else.</summary>
    private static string Plain(LeafBlock block)
    {
        Inline[] inlines = [.. block.Inline!.Descendants().Cast<Inline>()];
        Assert.All(inlines, inline => Assert.True(inline is LiteralInline or HtmlEntityInline, $"{inline.GetType().Name}: {inline}"));
        return string.Concat(
            inlines.Select(inline => inline is HtmlEntityInline entity ? entity.Transcoded.ToString() : inline.ToString()));
    }
}
