using System.IO.Compression;
using System.Text;
using DistillStudio.Reports.Charts;

namespace DistillStudio.Reports.Writing;

/// <summary>Writes a report as a zip archive: the text in Markdown and a folder of SVG figures.</summary>
internal static class MarkdownReport
{
    public const string TextName = "report.md";

    private const string FigureFolder = "figures";

    /// <summary>First year that a zip entry can have; the last is 2107.</summary>
    private const int FirstYear = 1980;

    private const int LastYear = 2107;

    /// <summary>Writes the archive. The same report gives the same bytes.</summary>
    /// <param name="archive">Writable; stays open.</param>
    /// <param name="report">The report.</param>
    public static void Write(Stream archive, Report report)
    {
        using var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true);
        Add(zip, TextName, Text(report), report.Date);
        foreach (Figure figure in report.Blocks.OfType<Figure>())
        {
            Add(zip, AddressOf(figure), SvgChart.Draw(figure.Chart, isFile: true), report.Date);
        }
    }

    /// <summary>Returns the text, whose figures are links to files beside it.</summary>
    public static string Text(Report report)
    {
        int figures = 0;
        var text = new StringBuilder($"# {MarkdownText.Escape(report.Title)}\n");
        foreach (ReportBlock block in report.Blocks)
        {
            text.Append('\n').Append(Of(block, ref figures));
        }

        return text.Append($"\n---\n\n{MarkdownText.Escape(ReportStyle.Footer(report))}\n").ToString();
    }

    private static string Of(ReportBlock block, ref int figures) => block switch
    {
        Heading heading => $"## {MarkdownText.Escape(heading.Text)}\n",
        Paragraph { Role: ParagraphRole.Claim } claim => $"**{MarkdownText.Escape(claim.Text)}**\n",
        Paragraph { Role: ParagraphRole.Caution } caution => $"> {MarkdownText.Escape(caution.Text)}\n",
        Paragraph paragraph => $"{MarkdownText.Escape(paragraph.Text)}\n",
        BulletList list => string.Concat(list.Items.Select(item => $"- {MarkdownText.Escape(item)}\n")),
        Table table => Of(table),
        Figure figure =>
            $"![{MarkdownText.Escape(figure.Chart.Title)}]({AddressOf(figure)})\n\n"
                + $"*Figure {++figures}.* {MarkdownText.Escape(figure.Caption)}\n",
        Code code => MarkdownText.Block(code.Text),
        _ => throw new ArgumentException($"{block} has no form in Markdown.", nameof(block)),
    };

    private static string Of(Table table)
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", table.Columns.Select(column => MarkdownText.Escape(column.Title))).Append(" |\n");
        text.Append('|').AppendJoin("|", table.Columns.Select(column => column.IsNumber ? "---:" : "---")).Append("|\n");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(MarkdownText.Escape)).Append(" |\n");
        }

        return text.ToString();
    }

    private static string AddressOf(Figure figure) => $"{FigureFolder}/{figure.Name}.svg";

    private static void Add(ZipArchive zip, string name, string text, DateTimeOffset date)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name);
        entry.LastWriteTime = date.Year is >= FirstYear and <= LastYear
            ? date.ToUniversalTime()
            : new(FirstYear, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var writer = new StreamWriter(entry.Open(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        writer.Write(text);
    }
}
