namespace DistillStudio.Engine.Evaluation;

/// <summary>
/// Parses and evaluates Python expressions over number literals in one pass, without name lookup, calls or code execution.
/// <code>
/// expression = binary(or) ["if" binary(or) "else" expression]
/// binary     = operand { operator operand }        by operator precedence
/// operand    = "not" … | ("+" | "-" | "~") operand | power
/// power      = atom ["**" operand]
/// atom       = number | "True" | "False" | "(" expression ")"
/// </code>
/// Both sides of <c>and</c>, <c>or</c> and <c>if</c> are evaluated: a failed number only matters if Python would evaluate it.
/// </summary>
internal ref struct EquationParser(ReadOnlySpan<char> text)
{
    /// <summary>Maximum nesting depth: Python's limit for parentheses, applied here to all nesting.</summary>
    private const int MaxDepth = 200;

    private const int ComparePrecedence = 4;
    private const int NotPrecedence = 3;
    private const int UnaryPrecedence = 11;

    private static readonly string[] Symbols =
        ["**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+", "-", "*", "/", "%", "<", ">", "|", "^", "&"];

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;
    private int _depth;
    private int _open;
    private bool _isWrong;

    /// <summary>Returns the value of the whole text; failed if it is not a single expression.</summary>
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

    /// <summary>Evaluates a chained comparison: a &lt; b &lt; c requires both, and stops at the first that is false.</summary>
    private EquationNumber Comparison(EquationNumber left)
    {
        EquationNumber result = EquationNumber.Of(true);
        while (!_isWrong && PeekOperator() is string name && Precedence(name) == ComparePrecedence)
        {
            _at += name.Length;
            EquationNumber right = Binary(ComparePrecedence + 1);
            if (!result.IsFailed && result.IsTrue)
            {
                result = left.IsFailed || right.IsFailed
                    ? EquationNumber.Failed
                    : EquationNumber.Of(Holds(name, EquationNumber.Compare(left, right)));
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

    /// <summary>Returns the next operator after whitespace, or null.</summary>
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
        return rest.StartsWith(word, StringComparison.Ordinal)
            && (rest.Length == word.Length || !EquationLiteral.IsWordCharacter(rest[word.Length]));
    }

    private bool TryWord(string word)
    {
        SkipBlanks();
        bool isThere = !_isWrong && IsWord(word);
        _at += isThere ? word.Length : 0;
        return isThere;
    }

    /// <summary>Skips whitespace and comments; within parentheses also line ends.</summary>
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
