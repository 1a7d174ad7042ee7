using System.Globalization;
using System.Numerics;

namespace DistillStudio.Engine.Evaluation;

/// <summary>
/// Reads Python's expressions over number literals and computes as it reads; nothing is looked up, called or run.
/// <code>
/// expression = binary(or) ["if" binary(or) "else" expression]
/// binary     = operand { operator operand }        by the table of precedences
/// operand    = "not" … | ("+" | "-" | "~") operand | power
/// power      = atom ["**" operand]
/// atom       = number | "True" | "False" | "(" expression ")"
/// </code>
/// Both sides of <c>and</c>, <c>or</c> and <c>if</c> are computed: a failed number only counts where Python would reach it.
/// </summary>
internal ref struct EquationParser(ReadOnlySpan<char> text)
{
    /// <summary>Python's own limit of nested parentheses; here of everything that nests.</summary>
    private const int MaxDepth = 200;

    private const int ComparePrecedence = 4;
    private const int NotPrecedence = 3;
    private const int UnaryPrecedence = 11;

    private static readonly string[] Symbols = ["**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+", "-", "*", "/", "%", "<", ">", "|", "^", "&"];

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;
    private int _depth;
    private int _open;
    private bool _isWrong;

    /// <summary>The value of the whole text; failed where it is not one expression.</summary>
    public EquationNumber Read()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t')
        {
            _at++;
        }

        EquationNumber value = Expression();
        SkipBlanks();
        while (_at < _text.Length && _text[_at] is '\n' or '\r')
        {
            _at++;
            SkipBlanks();
        }

        return _isWrong || _at < _text.Length ? EquationNumber.Failed : value;
    }

    private EquationNumber Expression()
    {
        if (++_depth > MaxDepth)
        {
            return Wrong();
        }

        EquationNumber value = Binary(minimum: 1);
        if (TryWord("if"))
        {
            EquationNumber condition = Binary(minimum: 1);
            if (!TryWord("else"))
            {
                return Wrong();
            }

            EquationNumber otherwise = Expression();
            value = condition.IsFailed ? condition : condition.IsTrue ? value : otherwise;
        }

        _depth--;
        return value;
    }

    private EquationNumber Binary(int minimum)
    {
        EquationNumber left = Operand(minimum);
        while (!_isWrong && PeekOperator() is string name && Precedence(name) is int precedence && precedence >= minimum)
        {
            if (precedence == ComparePrecedence)
            {
                left = Comparison(left);
                continue;
            }

            _at += name.Length;
            EquationNumber right = Binary(precedence + 1);
            left = name switch
            {
                "or" => left.IsFailed || left.IsTrue ? left : right,
                "and" => left.IsFailed || !left.IsTrue ? left : right,
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "<<" => EquationNumber.ShiftLeft(left, right),
                ">>" => EquationNumber.ShiftRight(left, right),
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "/" => left / right,
                "//" => EquationNumber.FloorDivide(left, right),
                _ => left % right,
            };
        }

        return left;
    }

    /// <summary>a &lt; b &lt; c means both, and stops at the first that does not hold.</summary>
    private EquationNumber Comparison(EquationNumber left)
    {
        EquationNumber result = EquationNumber.Of(true);
        while (!_isWrong && PeekOperator() is string name && Precedence(name) == ComparePrecedence)
        {
            _at += name.Length;
            EquationNumber right = Binary(ComparePrecedence + 1);
            if (!result.IsFailed && result.IsTrue)
            {
                result = left.IsFailed || right.IsFailed ? EquationNumber.Failed : EquationNumber.Of(Holds(name, EquationNumber.Compare(left, right)));
            }

            left = right;
        }

        return result;
    }

    private static bool Holds(string name, int? order) => name switch
    {
        "<" => order < 0,
        ">" => order > 0,
        "<=" => order <= 0,
        ">=" => order >= 0,
        "==" => order == 0,
        _ => order != 0,
    };

    private EquationNumber Operand(int minimum)
    {
        if (++_depth > MaxDepth)
        {
            return Wrong();
        }

        SkipBlanks();
        EquationNumber value;
        if (minimum <= NotPrecedence && TryWord("not"))
        {
            EquationNumber operand = Binary(NotPrecedence);
            value = operand.IsFailed ? operand : EquationNumber.Of(!operand.IsTrue);
        }
        else if (_at < _text.Length && _text[_at] is '+' or '-' or '~')
        {
            char sign = _text[_at++];
            EquationNumber operand = Operand(UnaryPrecedence);
            value = sign switch { '-' => -operand, '~' => ~operand, _ => operand };
        }
        else
        {
            value = Power();
        }

        _depth--;
        return value;
    }

    private EquationNumber Power()
    {
        EquationNumber number = Atom();
        if (!_isWrong && PeekOperator() == "**")
        {
            _at += 2;
            number = EquationNumber.Power(number, Operand(UnaryPrecedence));
        }

        return number;
    }

    private EquationNumber Atom()
    {
        if (_isWrong || _at >= _text.Length)
        {
            return Wrong();
        }

        char c = _text[_at];
        if (c == '(')
        {
            _at++;
            _open++;
            EquationNumber value = Expression();
            SkipBlanks();
            if (_at >= _text.Length || _text[_at] != ')')
            {
                return Wrong();
            }

            _at++;
            _open--;
            return value;
        }

        if (char.IsAsciiDigit(c) || c == '.')
        {
            return Number();
        }

        return TryWord("True") ? EquationNumber.Of(true) : TryWord("False") ? EquationNumber.Of(false) : Wrong();
    }

    private EquationNumber Number()
    {
        int length = EquationLiteral.Read(_text[_at..], out EquationNumber value);
        if (length == 0)
        {
            return Wrong();
        }

        _at += length;
        return value;
    }

    /// <summary>The operator at the next place that is not blank, or null.</summary>
    private string? PeekOperator()
    {
        SkipBlanks();
        ReadOnlySpan<char> rest = _text[_at..];
        foreach (string symbol in Symbols)
        {
            if (rest.StartsWith(symbol, StringComparison.Ordinal))
            {
                return symbol;
            }
        }

        return IsWord("and") ? "and" : IsWord("or") ? "or" : null;
    }

    private static int? Precedence(string name) => name switch
    {
        "or" => 1,
        "and" => 2,
        "<" or ">" or "<=" or ">=" or "==" or "!=" => ComparePrecedence,
        "|" => 5,
        "^" => 6,
        "&" => 7,
        "<<" or ">>" => 8,
        "+" or "-" => 9,
        "*" or "/" or "//" or "%" => 10,
        _ => null,
    };

    private readonly bool IsWord(string word)
    {
        ReadOnlySpan<char> rest = _text[_at..];
        return rest.StartsWith(word, StringComparison.Ordinal) && (rest.Length == word.Length || !EquationLiteral.IsWordCharacter(rest[word.Length]));
    }

    private bool TryWord(string word)
    {
        SkipBlanks();
        bool isThere = !_isWrong && IsWord(word);
        _at += isThere ? word.Length : 0;
        return isThere;
    }

    /// <summary>Blanks and comments; line ends too within parentheses.</summary>
    private void SkipBlanks()
    {
        for (; _at < _text.Length; _at++)
        {
            char c = _text[_at];
            if (c == '#')
            {
                int end = _text[_at..].IndexOfAny('\n', '\r');
                _at = end < 0 ? _text.Length : _at + end;
                _at--;
            }
            else if (c is not (' ' or '\t' or '\f') && (_open == 0 || c is not ('\n' or '\r')))
            {
                return;
            }
        }
    }

    private EquationNumber Wrong()
    {
        _isWrong = true;
        return EquationNumber.Failed;
    }
}

/// <summary>Python's number literals.</summary>
internal static class EquationLiteral
{
    /// <summary>4096 bits have 1234 decimal digits.</summary>
    private const int MaxDigits = 1300;

    public static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_' || c > '\x7F';

    /// <summary>Length of the literal at the start of the text; 0 where there is none that Python accepts and that is a real number.</summary>
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
        bool isDigitNext = false; // an underscore stands between digits, or after the prefix
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

        // 007 is no number, 000 is.
        if (digits.Length > 1 && digits[0] == '0' && digits.AsSpan().ContainsAnyExcept('0'))
        {
            return 0;
        }

        value = digits.Length <= MaxDigits ? EquationNumber.Of(BigInteger.Parse(digits, CultureInfo.InvariantCulture)) : EquationNumber.Failed;
        return at;
    }

    /// <summary>Length of digits with single underscores between them.</summary>
    private static int Digits(ReadOnlySpan<char> text)
    {
        int at = 0;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '_' && at > 0 && text[at - 1] != '_' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))))
        {
            at++;
        }

        return at;
    }
}
