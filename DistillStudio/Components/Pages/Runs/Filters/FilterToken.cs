using DistillStudio.Engine.Runtime;

namespace DistillStudio.Components.Pages.Runs.Filters;

public enum FilterTokenKind
{
    /// <summary>A name, a value or a keyword.</summary>
    Word,

    /// <summary>A text in quotes; never a keyword.</summary>
    Quoted,

    Operator,
    Open,
    Close,
    End,
}

/// <param name="Text">Without quotes.</param>
/// <param name="Position">Zero-based position of the first character.</param>
public sealed record FilterToken(FilterTokenKind Kind, string Text, int Position)
{
    private const string OperatorCharacters = "=!<>~";
    private const string Quotes = "\"'";

    public bool IsText => Kind is FilterTokenKind.Word or FilterTokenKind.Quoted;

    public bool IsKeyword(string word) => Kind == FilterTokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Splits an expression; the last token is <see cref="FilterTokenKind.End"/>.</summary>
    /// <exception cref="InputException">A quote is not closed, or an operator is unknown.</exception>
    public static IReadOnlyList<FilterToken> Split(string text)
    {
        var tokens = new List<FilterToken>();
        for (int i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            FilterToken token = At(text, i, out int end);
            tokens.Add(token);
            i = end;
        }

        tokens.Add(new(FilterTokenKind.End, "the end", text.Length));
        return tokens;
    }

    private static FilterToken At(string text, int start, out int end)
    {
        char first = text[start];
        end = start + 1;
        if (first is '(' or ')')
        {
            return new(first == '(' ? FilterTokenKind.Open : FilterTokenKind.Close, first.ToString(), start);
        }

        if (Quotes.Contains(first, StringComparison.Ordinal))
        {
            int close = text.IndexOf(first, start + 1);
            end = close + 1;
            return close < 0
                ? throw FilterError.At(start, $"this quote is not closed; end the text with {first}.")
                : new(FilterTokenKind.Quoted, text[(start + 1)..close], start);
        }

        if (OperatorCharacters.Contains(first, StringComparison.Ordinal))
        {
            while (end < text.Length && OperatorCharacters.Contains(text[end], StringComparison.Ordinal))
            {
                end++;
            }

            return new(FilterTokenKind.Operator, Known(text[start..end], start), start);
        }

        while (end < text.Length && !char.IsWhiteSpace(text[end]) && !IsSpecial(text[end]))
        {
            end++;
        }

        return new(FilterTokenKind.Word, text[start..end], start);
    }

    private static bool IsSpecial(char c) => c is '(' or ')' || OperatorCharacters.Contains(c, StringComparison.Ordinal)
        || Quotes.Contains(c, StringComparison.Ordinal);

    private static string Known(string text, int position) => text switch
    {
        "==" => "=",
        "=" or "!=" or ">" or ">=" or "<" or "<=" or "~" => text,
        _ => throw FilterError.At(position, $"{text} is no operator; write {FilterError.Operators}."),
    };
}

/// <summary>Errors of a filter, each a sentence that begins with its place.</summary>
public static class FilterError
{
    public const string Operators = "=, !=, >, >=, <, <= or ~";

    /// <param name="position">Zero-based.</param>
    public static InputException At(int position, string problem) => new($"Character {position + 1}: {problem}");
}
