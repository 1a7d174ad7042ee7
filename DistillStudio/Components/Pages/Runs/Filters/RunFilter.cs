using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs.Filters;

/// <summary>
/// A condition on runs that a person typed, such as <c>alpha &gt; 0.3 and (dataset = svamp or not method = standard)</c>.
/// </summary>
/// <remarks>
/// <c>or</c> binds less than <c>and</c>, and <c>and</c> less than <c>not</c>. A comparison is a name of <see cref="FilterField"/>, an
/// operator and a value. A run without the value fulfils only <c>!=</c>, and <c>= none</c>.
/// </remarks>
public sealed class RunFilter
{
    public const int LongestText = 1000;

    /// <summary>Deepest nesting: a parser that calls itself must not exhaust the stack.</summary>
    private const int DeepestNesting = 100;

    private readonly IReadOnlyList<FilterToken> _tokens;
    private int _next;
    private int _depth;

    private RunFilter(IReadOnlyList<FilterToken> tokens) => _tokens = tokens;

    private FilterToken Next => _tokens[_next];

    /// <summary>Returns the condition.</summary>
    /// <exception cref="InputException">The text is no condition: one sentence that names the place and the mend.</exception>
    public static Func<RunSummary, bool> Parse(string text)
    {
        if (text.Length > LongestText)
        {
            throw new InputException($"The filter has {text.Length} characters, more than {LongestText}; shorten it.");
        }

        var parser = new RunFilter(FilterToken.Split(text));
        Func<RunSummary, bool> condition = parser.Either();
        return parser.Next.Kind switch
        {
            FilterTokenKind.End => condition,
            FilterTokenKind.Close => throw FilterError.At(parser.Next.Position, "this parenthesis closes nothing; remove it."),
            _ => throw FilterError.At(
                parser.Next.Position,
                $"{Shown(parser.Next)} is not expected here; join conditions with and or or, and put a value of several words in quotes."),
        };
    }

    private Func<RunSummary, bool> Either()
    {
        Func<RunSummary, bool> left = Both();
        while (Takes("or"))
        {
            (Func<RunSummary, bool> first, Func<RunSummary, bool> second) = (left, Both());
            left = run => first(run) || second(run);
        }

        return left;
    }

    private Func<RunSummary, bool> Both()
    {
        Func<RunSummary, bool> left = Term();
        while (Takes("and"))
        {
            (Func<RunSummary, bool> first, Func<RunSummary, bool> second) = (left, Term());
            left = run => first(run) && second(run);
        }

        return left;
    }

    private Func<RunSummary, bool> Term()
    {
        FilterToken start = Next;
        if (++_depth > DeepestNesting)
        {
            throw FilterError.At(start.Position, $"conditions are nested more than {DeepestNesting} deep; simplify them.");
        }

        Func<RunSummary, bool> term;
        if (Takes("not"))
        {
            Func<RunSummary, bool> inner = Term();
            term = run => !inner(run);
        }
        else if (start.Kind == FilterTokenKind.Open)
        {
            _next++;
            term = Either();
            if (Next.Kind != FilterTokenKind.Close)
            {
                throw FilterError.At(
                    Next.Position,
                    Next.Kind == FilterTokenKind.End
                        ? $"the parenthesis of character {start.Position + 1} is not closed; add )."
                        : $"{Shown(Next)} is not expected here; join conditions with and or or, or close the parenthesis.");
            }

            _next++;
        }
        else
        {
            term = Comparison();
        }

        _depth--;
        return term;
    }

    private Func<RunSummary, bool> Comparison()
    {
        FilterToken name = Next;
        if (!name.IsText || name.IsKeyword("and") || name.IsKeyword("or"))
        {
            throw FilterError.At(name.Position, $"a condition is missing before {Shown(name)}; write one such as alpha > 0.3.");
        }

        _next++;
        FilterField field = FilterField.Find(name.Text) ?? throw FilterError.At(name.Position, FilterField.Unknown(name.Text));
        FilterToken sign = Next;
        if (sign.Kind != FilterTokenKind.Operator)
        {
            throw FilterError.At(sign.Position, $"an operator is missing after {name.Text}; write {FilterError.Operators}.");
        }

        _next++;
        FilterToken value = Next;
        if (!value.IsText)
        {
            throw FilterError.At(
                value.Position, $"a value is missing after {name.Text} {sign.Text}; write one, in quotes if it has spaces or signs.");
        }

        _next++;
        string text = value.Text;
        if (Next is { Kind: FilterTokenKind.Word, Text: "%" })
        {
            _next++;
            text += "%"; // as the table shows it: 68.4 %
        }

        return FilterComparison.Of(field, sign, value with { Text = text });
    }

    private bool Takes(string keyword)
    {
        bool isThere = Next.IsKeyword(keyword);
        _next += isThere ? 1 : 0;
        return isThere;
    }

    private static string Shown(FilterToken token) => SettingLimits.Cut(token.Text, 40);
}
