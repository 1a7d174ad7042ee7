using System.Text;
using DistillStudio.Reports.Charts;

namespace DistillStudio.Reports.Writing;

/// <summary>Writes a report as one HTML page: no script, nothing loaded from anywhere, light on screen and on paper.</summary>
internal static class HtmlReport
{
    private const int LongestWord = 24;

    /// <summary>Returns the page. The same report gives the same text.</summary>
    public static string Write(Report report)
    {
        string title = Markup.Escape(report.Title);
        var html = new StringBuilder()
            .Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta name=\"color-scheme\" content=\"light\">\n")
            .Append($"<title>{title}</title>\n<style>\n{ReportStyle.Css}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n");
        int figures = 0;
        foreach (ReportBlock block in report.Blocks)
        {
            html.Append(Of(block, ref figures));
        }

        return html.Append($"</main>\n<footer>{Markup.Escape(ReportStyle.Footer(report))}</footer>\n</body>\n</html>\n").ToString();
    }

    private static string Of(ReportBlock block, ref int figures) => block switch
    {
        Heading heading => $"<h2>{Markup.Escape(heading.Text)}</h2>\n",
        Paragraph paragraph => $"<p class=\"{Class(paragraph.Role)}\">{Markup.Escape(paragraph.Text)}</p>\n",
        BulletList list => $"<ul>\n{string.Concat(list.Items.Select(item => $"<li>{Markup.Escape(item)}</li>\n"))}</ul>\n",
        Table table => Of(table),
        Figure figure =>
            $"<figure>\n{SvgChart.Draw(figure.Chart, isFile: false)}"
                + $"<figcaption><b>Figure {++figures}.</b> {Markup.Escape(figure.Caption)}</figcaption>\n</figure>\n",
        Code code => $"<pre tabindex=\"0\">{Markup.Escape(code.Text, keepsLines: true)}</pre>\n",
        _ => throw new ArgumentException($"{block} has no form in HTML.", nameof(block)),
    };

    private static string Of(Table table)
    {
        var html = new StringBuilder("<div class=\"table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table>\n<thead><tr>");
        foreach (Column column in table.Columns)
        {
            html.Append($"<th scope=\"col\"{Alignment(column)}>{Markup.Escape(column.Title)}</th>");
        }

        html.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            IEnumerable<string> cells = row.Zip(table.Columns, (cell, column) => $"<td{Class(cell, column)}>{Markup.Escape(cell)}</td>");
            html.Append("<tr>").AppendJoin("", cells).Append("</tr>\n");
        }

        return html.Append("</tbody>\n</table></div>\n").ToString();
    }

    /// <summary>Marks cells with long words, which break anywhere: ids, digests, names without a space.</summary>
    private static string Class(string cell, Column column) =>
        cell.Split(' ').Any(word => word.Length > LongestWord) ? " class=\"long\"" : Alignment(column);

    private static string Alignment(Column column) => column.IsNumber ? " class=\"number\"" : "";

    private static string Class(ParagraphRole role) => role.ToString().ToLowerInvariant();
}
