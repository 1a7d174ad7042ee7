using System.Globalization;
using System.Text;

namespace DistillStudio.Reports.Charts;

/// <param name="X">Pixels from the plot's left.</param>
/// <param name="Row">From 0.</param>
internal sealed record LegendEntry(ChartLine Line, string Text, int X, int Row);

/// <summary>Places the names of a chart's lines below it. Widths are estimated, since the reader's font is unknown.</summary>
internal static class Legend
{
    /// <summary>Pixels of a letter at 12 pixels, on the wide side.</summary>
    private const double Letter = 6.8;

    /// <summary>Pixels of a character of East Asian scripts and of most symbols.</summary>
    private const double WideLetter = 12.5;

    private const int FirstWide = 0x1100;
    private const char Ellipsis = '…';

    /// <summary>Returns the entries in two columns if all names are short, in one otherwise.</summary>
    /// <param name="lines">The chart's lines.</param>
    /// <param name="width">Pixels of a row.</param>
    public static IReadOnlyList<LegendEntry> Of(IReadOnlyList<ChartLine> lines, int width)
    {
        ChartLine[] named = [.. lines.Where(line => line.Name is not null)];
        int half = width / 2;
        int room = half - 50;
        bool isNarrow = named.All(line => WidthOf(line.Name!) <= room);
        return
        [
            .. named.Select((line, i) => isNarrow
                ? new LegendEntry(line, line.Name!, i % 2 * half, i / 2)
                : new LegendEntry(line, Cut(line.Name!, width - 20), 0, i)),
        ];
    }

    /// <summary>Returns the text, with an ellipsis for what exceeds the width.</summary>
    public static string Cut(string text, int width)
    {
        if (WidthOf(text) <= width)
        {
            return text;
        }

        var cut = new StringBuilder();
        double used = Letter * 2;
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext() && (used += WidthOf(elements.GetTextElement())) <= width)
        {
            cut.Append(elements.GetTextElement());
        }

        return cut.Append(Ellipsis).ToString();
    }

    private static double WidthOf(string text) =>
        text.EnumerateRunes().Sum(rune => rune.Value >= FirstWide && !IsPunctuation(rune) ? WideLetter : Letter);

    /// <summary>Returns true for dashes, quotes and the like, which are as narrow as letters.</summary>
    private static bool IsPunctuation(Rune rune) => rune.Value is >= 0x2000 and < 0x2070 or 0x2212;
}
