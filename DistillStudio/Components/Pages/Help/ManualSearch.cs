namespace DistillStudio.Components.Pages.Help;

/// <param name="IsMatch">True if the text matches the query and is highlighted.</param>
public sealed record TextRun(string Text, bool IsMatch);

/// <param name="Excerpt">Text around the first match, or the beginning of the section if only its headings match.</param>
public sealed record SearchHit(Section Section, IReadOnlyList<TextRun> Heading, IReadOnlyList<TextRun> Excerpt);

/// <summary>Finds the sections of the manual that contain every word of a query.</summary>
public static class ManualSearch
{
    public const int MostHits = 30;

    private const int LongestQuery = 200;
    private const int ExcerptLength = 180;
    private const int Before = 50;

    // Matches in headings rank higher than mentions in the text.
    private const int HeadingWeight = 20;
    private const int TitleWeight = 8;
    private const int MostMentions = 5;

    /// <summary>Returns the best matches first. Ignores case and also matches parts of words.</summary>
    public static IReadOnlyList<SearchHit> Find(IEnumerable<Chapter> chapters, string query)
    {
        string[] words =
        [
            .. query[..Math.Min(query.Length, LongestQuery)]
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                .Distinct(StringComparer.OrdinalIgnoreCase),
        ];
        if (words.Length == 0)
        {
            return [];
        }

        return
        [
            .. chapters.SelectMany(c => c.Sections)
                .Select(section => (Section: section, Score: Score(section, words)))
                .Where(scored => scored.Score > 0)
                .OrderByDescending(scored => scored.Score) // stable sort: ties keep the order of the manual
                .Take(MostHits)
                .Select(scored => scored.Section)
                .Select(section => new SearchHit(section, Mark(section.Heading, words), Mark(Excerpt(section.Text, words), words))),
        ];
    }

    /// <summary>Returns 0 if a word is missing.</summary>
    private static int Score(Section section, string[] words)
    {
        int total = 0;
        foreach (string word in words)
        {
            int mentions = Math.Min(Count(section.Text, word), MostMentions);
            int score = (Has(section.Heading, word) ? HeadingWeight : 0) + (Has(section.ChapterTitle, word) ? TitleWeight : 0) + mentions;
            if (score == 0)
            {
                return 0;
            }

            total += score;
        }

        return total;
    }

    private static string Excerpt(string text, string[] words)
    {
        int first = words.Select(word => Next(text, word, 0)).Where(at => at >= 0).DefaultIfEmpty(0).Min();
        int start = first <= Before ? 0 : text.IndexOf(' ', first - Before) + 1;
        start = start > first ? first : start;
        int end = Math.Min(text.Length, start + ExcerptLength);
        if (end < text.Length && text.LastIndexOf(' ', end) is var space && space > first)
        {
            end = space;
        }

        return $"{(start > 0 ? "… " : "")}{text[start..end]}{(end < text.Length ? " …" : "")}";
    }

    private static List<TextRun> Mark(string text, string[] words)
    {
        var runs = new List<TextRun>();
        int at = 0;
        while (at < text.Length)
        {
            (int start, int length) = words
                .Select(word => (Start: Next(text, word, at), word.Length))
                .Where(match => match.Start >= 0)
                .OrderBy(match => match.Start).ThenByDescending(match => match.Length)
                .FirstOrDefault((text.Length, 0));
            if (start > at)
            {
                runs.Add(new(text[at..start], false));
            }

            if (length > 0)
            {
                runs.Add(new(text.Substring(start, length), true));
            }

            at = start + length;
        }

        return runs;
    }

    private static int Next(string text, string word, int from) => text.IndexOf(word, from, StringComparison.OrdinalIgnoreCase);

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static int Count(string text, string word)
    {
        int count = 0;
        for (int at = Next(text, word, 0); at >= 0 && count < MostMentions; at = Next(text, word, at + word.Length))
        {
            count++;
        }

        return count;
    }
}
