using System.Text;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Reports.Writing;

/// <summary>Text in Markdown: CommonMark with tables.</summary>
internal static class MarkdownText
{
    private const string Special = "\\`*_[]<>|~#$&{^";

    /// <summary>
    /// Escapes a text so that it reads the same whatever it holds, in a paragraph, a list and a table's cell. Also escapes what would make
    /// a link of an address: <c>https\://</c>, <c>www\.</c>, <c>a\@b</c>.
    /// </summary>
    public static string Escape(string text)
    {
        string clean = PlainText.Clean(text).Trim();
        var escaped = new StringBuilder(clean.Length);
        for (int i = 0; i < clean.Length; i++)
        {
            char c = clean[i];
            bool isSpecial = Special.Contains(c, StringComparison.Ordinal)
                || (c is ':' or '@' && IsInWord(clean, i))
                || (c == '=' && IsDoubled(clean, i))
                || IsAfterWww(clean, i);
            bool opensBlock = i == 0 && c is '-' or '+';
            bool isNumbered = c is '.' or ')' && i > 0 && clean.AsSpan(0, i).IndexOfAnyExceptInRange('0', '9') < 0;
            if (isSpecial || opensBlock || isNumbered)
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

    private static bool IsInWord(string text, int at) => at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]);

    private static bool IsDoubled(string text, int at) => at + 1 < text.Length && text[at + 1] == text[at];

    private static bool IsAfterWww(string text, int at) =>
        text[at] == '.' && text.AsSpan(0, at).EndsWith("www", StringComparison.OrdinalIgnoreCase);

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
