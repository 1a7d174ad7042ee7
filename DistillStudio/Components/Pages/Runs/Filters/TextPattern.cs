using System.Diagnostics;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Pages.Runs.Filters;

/// <summary>A regular expression that a person typed, matched regardless of case, in bounded time.</summary>
/// <remarks>Matches without backtracking, in time linear in the text, so that no pattern is catastrophic.</remarks>
public sealed class TextPattern
{
    public const int LongestPattern = 200;

    private static readonly TimeSpan DefaultBudget = TimeSpan.FromSeconds(1);

    private readonly Regex _regex;
    private readonly string _pattern;
    private readonly TimeSpan _budget;
    private TimeSpan _used;

    private TextPattern(Regex regex, string pattern, TimeSpan budget) => (_regex, _pattern, _budget) = (regex, pattern, budget);

    /// <param name="pattern">The pattern, in .NET's syntax without back-references and look-around.</param>
    /// <param name="budget">Longest time of all matches together; null for a second.</param>
    /// <exception cref="InputException">The pattern is invalid, unsupported, or too long.</exception>
    public static TextPattern Parse(string pattern, TimeSpan? budget = null)
    {
        if (pattern.Length > LongestPattern)
        {
            throw new InputException($"the pattern has {pattern.Length} characters, more than {LongestPattern}; shorten it.");
        }

        TimeSpan limit = budget ?? DefaultBudget;
        try
        {
            return new(
                new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, limit), pattern,
                limit);
        }
        catch (RegexParseException e)
        {
            throw new InputException(
                $"{Shown(pattern)} is no regular expression: {Reason(e)} after {Plural(e.Offset)}; mend it, or put a backslash before a "
                    + "character that stands for itself.", e);
        }
        catch (NotSupportedException e)
        {
            throw new InputException(
                $"{Shown(pattern)} uses a back-reference, a look-around or a repetition that is too large; write it without.", e);
        }
    }

    /// <exception cref="InputException">The pattern has used its time.</exception>
    public bool IsMatch(string text)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            return _used <= _budget ? _regex.IsMatch(text) : throw TooLong(null);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooLong(e);
        }
        finally
        {
            _used += Stopwatch.GetElapsedTime(start);
        }
    }

    private InputException TooLong(Exception? cause)
    {
        string message = $"{Shown(_pattern)} takes too long on these runs; write a simpler pattern.";
        return cause is null ? new InputException(message) : new InputException(message, cause);
    }

    private static string Shown(string pattern) => SettingLimits.Cut(pattern, 60);

    private static string Plural(int characters) => characters == 1 ? "1 character" : $"{characters} characters";

    private static string Reason(RegexParseException e) => e.Error switch
    {
        RegexParseError.InsufficientClosingParentheses => "a closing parenthesis is missing",
        RegexParseError.InsufficientOpeningParentheses => "an opening parenthesis is missing",
        RegexParseError.UnterminatedBracket => "a closing square bracket is missing",
        RegexParseError.QuantifierAfterNothing => "nothing is there to repeat",
        RegexParseError.NestedQuantifiersNotParenthesized => "two repetitions follow each other",
        RegexParseError.ReversedCharacterRange or RegexParseError.ReversedQuantifierRange => "a range is reversed",
        RegexParseError.UnescapedEndingBackslash => "a backslash is last",
        _ => "it cannot be read",
    };
}
