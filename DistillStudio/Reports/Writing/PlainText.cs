using System.Text;

namespace DistillStudio.Reports.Writing;

/// <summary>Prepares texts of unknown origin, such as names of runs, for every format.</summary>
internal static class PlainText
{
    private const char Replacement = '\uFFFD';

    /// <summary>
    /// Replaces what markup cannot hold or what would change the order of the text around it: control characters, lone surrogates and
    /// marks of the writing direction. Line ends become spaces unless <paramref name="keepsLines"/> is set.
    /// </summary>
    public static string Clean(string text, bool keepsLines = false)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.ReplaceLineEndings("\n").EnumerateRunes()) // lone surrogates are enumerated as replacements
        {
            switch (rune.Value)
            {
                case '\n' when keepsLines:
                    clean.Append('\n');
                    break;
                case '\n' or '\t':
                    clean.Append(' ');
                    break;
                case < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069):
                    clean.Append(Replacement);
                    break;
                default:
                    clean.Append(rune.ToString());
                    break;
            }
        }

        return clean.ToString();
    }
}
