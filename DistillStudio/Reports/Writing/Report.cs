using DistillStudio.Reports.Charts;

namespace DistillStudio.Reports.Writing;

/// <summary>A report, independent of the format in which it is written. All texts are plain: writers escape them.</summary>
/// <param name="Title">One line.</param>
/// <param name="FileName">Name of the report's file without its ending.</param>
/// <param name="Date">Time of the newest data in it; no clock is read, so that the same data give the same bytes.</param>
/// <param name="Blocks">Content after the title, in order.</param>
internal sealed record Report(string Title, string FileName, DateTimeOffset Date, IReadOnlyList<ReportBlock> Blocks);

/// <summary>A self-contained part of a report.</summary>
internal abstract record ReportBlock;

internal sealed record Heading(string Text) : ReportBlock;

internal sealed record Paragraph(string Text, ParagraphRole Role = ParagraphRole.Body) : ReportBlock;

internal enum ParagraphRole
{
    Body,

    /// <summary>Follows the title.</summary>
    Lead,

    /// <summary>A claim that the report makes.</summary>
    Claim,

    /// <summary>Limits what precedes or follows.</summary>
    Caution,
}

internal sealed record BulletList(IReadOnlyList<string> Items) : ReportBlock;

/// <param name="Rows">Cells in the order of the columns.</param>
internal sealed record Table(IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportBlock;

/// <param name="IsNumber">Aligns the column to the right.</param>
internal sealed record Column(string Title, bool IsNumber = false)
{
    public static Column Number(string title) => new(title, IsNumber: true);

    public static IEnumerable<Column> Numbers(params IEnumerable<string> titles) => titles.Select(Number);
}

/// <param name="Name">File name of the figure without its ending; unique within a report.</param>
/// <param name="Caption">What the figure shows and how to read it.</param>
internal sealed record Figure(string Name, LineChart Chart, string Caption) : ReportBlock;

/// <summary>Text to copy: commands, a file.</summary>
internal sealed record Code(string Text) : ReportBlock;
