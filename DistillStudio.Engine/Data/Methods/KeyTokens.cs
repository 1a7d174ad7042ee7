namespace DistillStudio.Engine.Data.Methods;

/// <summary>
/// Reduces a rationale to its key tokens: the words between white space that hold a digit, or are an arithmetic operator, or hold a letter
/// and are not a function word. Drops punctuation around a word; keeps order and repetitions. Negations, comparisons and number words
/// count as key tokens. The words are English.
/// </summary>
public static class KeyTokens
{
    private const string Operators = "+-*/=<>%×÷−";

    /// <summary>Articles, pronouns, auxiliaries, prepositions, conjunctions and adverbs that refer or connect.</summary>
    private static readonly HashSet<string> FunctionWords = new(
        ("a an the this that these those it its they them their theirs he him his she her hers we us our ours you your yours i me my mine "
            + "who whom whose which what "
        + "itself themselves himself herself one's be is are was were been being am do does did done doing have has had having will would "
        + "shall should can could may might must "
        + "of in on at by for with from to into onto upon about as than over under between among through during against within toward "
        + "towards off out up down via per "
        + "and or but so if then because since while although though when where whereas whether thus hence therefore however also just "
        + "only very really quite rather such "
        + "here there now again still yet too even how why any some each every both other another own same it's that's there's he's she's "
        + "they're we're you're i'm let's let")
        .Split(' '),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the key tokens, separated by a space; empty if there are none.</summary>
    public static string Of(string rationale) =>
        string.Join(' ', rationale.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Bare).Where(IsKey));

    /// <summary>Returns the word without the punctuation around it; keeps an operator and the sign of a number.</summary>
    private static string Bare(string word)
    {
        if (word.All(Operators.Contains))
        {
            return word;
        }

        int start = 0;
        int end = word.Length;
        while (start < end && !char.IsLetterOrDigit(word[start]) && !IsSign(word, start))
        {
            start++;
        }

        while (end > start && !char.IsLetterOrDigit(word[end - 1]) && word[end - 1] != '%')
        {
            end--;
        }

        return word[start..end];
    }

    private static bool IsSign(string word, int at) =>
        word[at] is '-' or '+' or '−' or '.' or '$' or '€' or '£' && at + 1 < word.Length && char.IsDigit(word[at + 1]);

    private static bool IsKey(string word) =>
        word.Length > 0
        && (
            word.All(Operators.Contains) || word.Any(char.IsDigit)
                || (word.Any(char.IsLetter) && !FunctionWords.Contains(word.Replace('’', '\''))));
}
