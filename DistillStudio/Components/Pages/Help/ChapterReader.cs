using System.Text;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Tables;
using Markdig.Parsers.Inlines;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace DistillStudio.Components.Pages.Help;

/// <summary>Renders a chapter from its Markdown: converts links to studio links, gives headings ids, shows raw HTML as text.</summary>
internal static class ChapterReader
{
    /// <summary>Maximum length of inline code kept on one line: a flag must not wrap at its dashes, a long command may.</summary>
    private const int LongestWhole = 30;

    private static readonly MarkdownPipeline Pipeline = CreatePipeline();

    public static MarkdownDocument Parse(string markdown)
    {
        MarkdownDocument document = Markdown.Parse(markdown, Pipeline);

        // GitHub's Markdown unescapes a pipe in a table before it reads the cell, also in code; Markdig leaves the backslash.
        foreach (CodeInline code in document.Descendants<Table>().SelectMany(table => table.Descendants<CodeInline>()))
        {
            code.Content = code.Content.Replace("\\|", "|", StringComparison.Ordinal);
        }

        return document;
    }

    /// <summary>Reads one file of the manual.</summary>
    /// <param name="name">See <see cref="Chapter.Name"/>.</param>
    public static Chapter Read(string name, string markdown)
    {
        MarkdownDocument document = Parse(markdown);
        string title = document.OfType<HeadingBlock>().FirstOrDefault(h => h.Level == 1) is { } heading ? TextOf(heading) : name;
        IReadOnlyList<Section> sections = Sections(document, name, title);
        foreach (LinkInline link in document.Descendants<LinkInline>().ToArray())
        {
            Rewrite(link, name);
        }

        foreach (CodeInline code in document.Descendants<CodeInline>().Where(code => code.Content.Length <= LongestWhole))
        {
            code.GetAttributes().AddClass("whole");
        }

        foreach (HeadingBlock block in document.OfType<HeadingBlock>())
        {
            block.GetAttributes().AddProperty("tabindex", "-1"); // focusable as the target of a link
            if (block.Level > 1)
            {
                AddLinkToItself(block, name);
            }
        }

        return new Chapter(name, title, Parts(document), sections);
    }

    /// <summary>Returns the text of a block or inline without markup.</summary>
    public static string TextOf(MarkdownObject part)
    {
        var text = new StringBuilder();
        AppendText(text, part);
        return text.ToString().Trim();
    }

    private static MarkdownPipeline CreatePipeline()
    {
        MarkdownPipelineBuilder builder = new MarkdownPipelineBuilder()
            .DisableHtml()
            .UsePipeTables()
            .UseAutoIdentifiers(AutoIdentifierOptions.GitHub);
        builder.InlineParsers.TryRemove<AutolinkInlineParser>(); // makes every link a LinkInline, which passes through Rewrite
        return builder.Build();
    }

    private static void Rewrite(LinkInline link, string chapter)
    {
        string url = link.Url ?? "";
        string? address = link.IsImage ? ManualLinks.ResolveImage(url) : ManualLinks.Resolve(chapter, url);
        if (address is null)
        {
            link.ReplaceBy(new LiteralInline(TextOf(link)));
            return;
        }

        link.Url = address;
        if (!link.IsImage && ManualLinks.IsExternal(address))
        {
            link.GetAttributes().AddProperty("target", "_blank");
            link.GetAttributes().AddProperty("rel", "noopener noreferrer");
        }
    }

    private static void AddLinkToItself(HeadingBlock heading, string chapter)
    {
        var link = new LinkInline(Chapter.AddressOf(chapter, heading.GetAttributes().Id ?? ""), "");
        link.GetAttributes().AddClass("to-itself");
        link.GetAttributes().AddProperty("aria-label", $"Link to {TextOf(heading)}");
        link.AppendChild(new LiteralInline("#"));
        heading.Inline?.AppendChild(link);
    }

    private static List<ChapterPart> Parts(MarkdownDocument document)
    {
        var parts = new List<ChapterPart>();
        var html = new StringWriter();
        var renderer = new HtmlRenderer(html);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.ReplaceOrAdd<HtmlTableRenderer>(new ScrollingTableRenderer());

        void Flush()
        {
            if (html.GetStringBuilder().Length > 0)
            {
                parts.Add(new HtmlPart(html.ToString()));
                html.GetStringBuilder().Clear();
            }
        }

        foreach (Block block in document)
        {
            if (block is FencedCodeBlock code)
            {
                Flush();
                parts.Add(new CodePart(code.Lines.ToString(), code.Info ?? ""));
            }
            else
            {
                renderer.Render(block);
            }
        }

        Flush();
        return parts;
    }

    private static List<Section> Sections(MarkdownDocument document, string name, string title)
    {
        var sections = new List<Section>();
        var text = new StringBuilder();
        HeadingBlock? heading = null;

        void Close()
        {
            bool isTitle = heading is null or { Level: 1 };
            string anchor = isTitle ? "" : heading!.GetAttributes().Id ?? "";
            sections.Add(new(name, title, isTitle ? title : TextOf(heading!), anchor, heading?.Level ?? 1, text.ToString().Trim()));
            text.Clear();
        }

        foreach (Block block in document)
        {
            if (block is HeadingBlock next)
            {
                if (heading is not null || text.Length > 0)
                {
                    Close();
                }

                heading = next;
            }
            else
            {
                AppendText(text, block);
            }
        }

        Close();
        return sections;
    }

    private static void AppendText(StringBuilder text, MarkdownObject part)
    {
        switch (part)
        {
            case LiteralInline literal:
                text.Append(literal.Content.AsSpan());
                break;
            case CodeInline code:
                text.Append(code.Content);
                break;
            case LineBreakInline:
                text.Append(' ');
                break;
            case ContainerInline inlines:
                foreach (Inline inline in inlines)
                {
                    AppendText(text, inline);
                }

                break;
            case LeafBlock { Inline: { } inline }:
                AppendText(text, inline);
                text.Append(' ');
                break;
            case LeafBlock leaf:
                text.Append(leaf.Lines.ToString().ReplaceLineEndings(" ")).Append(' ');
                break;
            case ContainerBlock blocks:
                foreach (Block block in blocks)
                {
                    AppendText(text, block);
                }

                break;
        }
    }

    /// <summary>Renders tables in a scrollable frame, also operable by keyboard, for tables wider than the page.</summary>
    private sealed class ScrollingTableRenderer : HtmlTableRenderer
    {
        protected override void Write(HtmlRenderer renderer, Table table)
        {
            renderer.Write("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">");
            base.Write(renderer, table);
            renderer.Write("</div>");
        }
    }
}
