using System.Text;

namespace DistillStudio.Reports.Writing;

/// <summary>A form in which reports are written.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Title">Display text.</param>
/// <param name="Ending">Ending of its files.</param>
/// <param name="Type">Media type of its files.</param>
/// <param name="Write">Writes a report to a stream, which stays open.</param>
internal sealed record ReportFormat(string Name, string Title, string Ending, string Type, Action<Stream, Report> Write)
{
    public static ReportFormat Html { get; } = new(
        "html",
        "One HTML page",
        ".html",
        "text/html; charset=utf-8",
        (stream, report) => stream.Write(Encoding.UTF8.GetBytes(HtmlReport.Write(report))));

    public static ReportFormat Markdown { get; } = new(
        "markdown",
        "Markdown and SVG (zip)",
        ".zip",
        "application/zip",
        MarkdownReport.Write);

    public static IReadOnlyList<ReportFormat> All { get; } = [Html, Markdown];

    /// <summary>Finds a format by name, case-insensitive; null if there is none.</summary>
    public static ReportFormat? Find(string name) =>
        All.FirstOrDefault(format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
