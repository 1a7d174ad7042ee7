using System.Text;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Reports.Writing;

/// <summary>Text in Markdown: CommonMark with tables.</summary>
internal static class MarkdownText
{
    private const string Special = "\\`*_[]|~#$&{^";

    /// <summary>
    /// Escapes a text so that it reads the same whatever it holds, in a paragraph, a list and a table's cell. Also escapes what would turn
    /// an address into a link: <c>https\://</c>, <c>www\.</c>, <c>a\@b</c>.
    /// </summary>
    public static string Escape(string text)
    {
        string clean = PlainText.Clean(text).Trim();
        var escaped = new StringBuilder(clean.Length);
        for (int i = 0; i < clean.Length; i++)
        {
            char c = clean[i];
            char next = i + 1 < clean.Length ? clean[i + 1] : ' ';
            if (Special.Contains(c, StringComparison.Ordinal) || IsSpecialHere(clean, i, next))
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
        }

        return escaped.Length == 0 ? Format.Nothing : escaped.ToString();
    }

    /// <summary>Returns a block of literal text.</summary>
    public static string Block(string text)
    {
        string clean = PlainText.Clean(text, keepsLines: true).TrimEnd('\n');
        string fence = new('`', Math.Max(3, LongestRun(clean) + 1));
        return $"{fence}text\n{clean}\n{fence}\n";
    }

    /// <summary>Returns true if the character would be read as markup at its place, as in <c>- item</c> and <c>1. item</c>.</summary>
    private static bool IsSpecialHere(string text, int at, char next) => text[at] switch
    {
        '<' => next != ' ',
        '>' => at == 0,
        '-' or '+' => at == 0 && (next == ' ' || next == text[at]),
        '.' or ')' => (next == ' ' && IsNumber(text.AsSpan(0, at)))
            || text.AsSpan(0, at).EndsWith("www", StringComparison.OrdinalIgnoreCase),
        ':' => next != ' ' && !char.IsAsciiDigit(next),
        '@' => next != ' ',
        '=' => next == '=',
        _ => false,
    };

    private static bool IsNumber(ReadOnlySpan<char> text) => text.Length > 0 && text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static int LongestRun(string text)
    {
        int longest = 0, run = 0;
        foreach (char c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
