using System.Globalization;
using System.Numerics;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Parses Python's number literals.</summary>
internal static class EquationLiteral
{
    /// <summary>4096 bits have 1234 decimal digits.</summary>
    private const int MaxDigits = 1300;

    public static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_' || c > '\x7F';

    /// <summary>
    /// Returns the length of the literal at the start of the text; 0 if there is none that Python accepts as a real number.
    /// </summary>
    public static int Read(ReadOnlySpan<char> text, out EquationNumber value)
    {
        value = EquationNumber.Failed;
        int length = text.Length > 1 && text[0] == '0' && char.ToLowerInvariant(text[1]) is 'x' or 'o' or 'b'
            ? ReadPrefixed(text, out value)
            : ReadDecimal(text, out value);
        return length < text.Length && IsWordCharacter(text[length]) ? 0 : length;
    }

    private static int ReadPrefixed(ReadOnlySpan<char> text, out EquationNumber value)
    {
        int radix = char.ToLowerInvariant(text[1]) switch { 'x' => 16, 'o' => 8, _ => 2 };
        int at = 2;
        BigInteger whole = BigInteger.Zero;
        value = EquationNumber.Failed;
        bool isDigitNext = false; // an underscore is allowed only between digits, or after the prefix
        for (; at < text.Length; at++)
        {
            if (text[at] == '_' && !isDigitNext)
            {
                isDigitNext = true;
                continue;
            }

            int digit = char.IsAsciiHexDigit(text[at]) ? Convert.ToInt32(text[at].ToString(), 16) : radix;
            if (digit >= radix)
            {
                break;
            }

            whole = at < MaxDigits ? (whole * radix) + digit : whole;
            isDigitNext = false;
        }

        if (at == 2 || isDigitNext)
        {
            return 0;
        }

        value = at <= MaxDigits ? EquationNumber.Of(whole) : EquationNumber.Failed;
        return at;
    }

    private static int ReadDecimal(ReadOnlySpan<char> text, out EquationNumber value)
    {
        value = EquationNumber.Failed;
        int whole = Digits(text);
        int at = whole;
        bool isReal = false;
        if (at < text.Length && text[at] == '.')
        {
            int fraction = Digits(text[(at + 1)..]);
            if (whole == 0 && fraction == 0)
            {
                return 0;
            }

            at += 1 + fraction;
            isReal = true;
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            int sign = at + 1 < text.Length && text[at + 1] is '+' or '-' ? 1 : 0;
            int exponent = Digits(text[(at + 1 + sign)..]);
            if (exponent == 0)
            {
                return 0;
            }

            at += 1 + sign + exponent;
            isReal = true;
        }

        string digits = text[..at].ToString().Replace("_", "", StringComparison.Ordinal);
        if (isReal)
        {
            value = EquationNumber.Of(double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture));
            return at;
        }

        // 007 is not a number, 000 is.
        if (digits.Length > 1 && digits[0] == '0' && digits.AsSpan().ContainsAnyExcept('0'))
        {
            return 0;
        }

        value =
            digits.Length <= MaxDigits ? EquationNumber.Of(BigInteger.Parse(digits, CultureInfo.InvariantCulture)) : EquationNumber.Failed;
        return at;
    }

    /// <summary>Returns the length of a digit sequence with single underscores between digits.</summary>
    private static int Digits(ReadOnlySpan<char> text)
    {
        int at = 0;
        while (at < text.Length
            && (char.IsAsciiDigit(text[at])
                || (text[at] == '_' && at > 0 && text[at - 1] != '_' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))))
        {
            at++;
        }

        return at;
    }
}
