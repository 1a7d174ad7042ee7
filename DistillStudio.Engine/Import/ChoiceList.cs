using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>The choices of a row, and how a label names one of them.</summary>
internal static class ChoiceList
{
    /// <summary>As many as there are letters.</summary>
    public const int Most = 26;

    /// <summary>
    /// Returns the choices of a row: the items of a list, a list written as text (JSON, or with <c>|</c> between the items), or the values
    /// of several columns. Empty if there are none, or no column.
    /// </summary>
    public static IReadOnlyList<string> Of(SourceRow row, IReadOnlyList<string> columns)
    {
        if (columns.Count != 1)
        {
            return [.. columns.Select(column => row.Cells.GetValueOrDefault(column).ToString().Trim()).Where(text => text.Length > 0)];
        }

        Cell cell = row.Cells.GetValueOrDefault(columns[0]);
        return cell.Items is { } items ? [.. items.Select(item => item.Trim())] : Parse(cell.Text ?? "");
    }

    /// <summary>Parses a list written as text.</summary>
    public static IReadOnlyList<string> Parse(string text)
    {
        text = text.Trim();
        if (text is ['[', .., ']'])
        {
            foreach (string json in new[] { text, text.Replace('\'', '"') })
            {
                try
                {
                    return [.. JsonSerializer.Deserialize<string[]>(json)!.Select(item => (item ?? "").Trim())];
                }
                catch (JsonException)
                {
                    // Not a list of strings in this notation.
                }
            }
        }

        return text.Contains('|', StringComparison.Ordinal) ? [.. text.Split('|').Select(item => item.Trim())] : [];
    }

    /// <summary>Returns the text of the choice that a label names; null if it names none.</summary>
    public static string? Find(IReadOnlyList<string> choices, string label, ChoiceLabels form)
    {
        int index = form switch
        {
            ChoiceLabels.Letter => LetterIndex(label),
            ChoiceLabels.FromZero => NumberIn(label),
            ChoiceLabels.FromOne => NumberIn(label) - 1,
            _ => IndexOf(choices, label),
        };
        return index >= 0 && index < choices.Count ? choices[index] : null;
    }

    /// <summary>Returns the form in which most labels name a choice; prefers the text in case of a tie.</summary>
    public static ChoiceLabels FormOf(IReadOnlyCollection<(IReadOnlyList<string> Choices, string Label)> rows)
    {
        ChoiceLabels[] forms = [ChoiceLabels.Text, ChoiceLabels.Letter, ChoiceLabels.FromZero, ChoiceLabels.FromOne];
        int Fit(ChoiceLabels form) => rows.Count(row => Find(row.Choices, row.Label, form) is not null);
        return forms.MaxBy(form => (Fit(form) * forms.Length) - Array.IndexOf(forms, form));
    }

    /// <summary>Returns the choices as the method writes them: a heading, then one per line with its letter.</summary>
    public static string Write(IReadOnlyList<string> choices) =>
        RowParser.ChoicesHeading.TrimStart() + string.Join('\n', choices.Select((choice, i) => $"({(char)('a' + i)}) {choice}"));

    private static int IndexOf(IReadOnlyList<string> choices, string label)
    {
        for (int i = 0; i < choices.Count; i++)
        {
            if (choices[i] == label)
            {
                return i;
            }
        }

        return -1;
    }

    private static int LetterIndex(string label) =>
        label.Trim('(', ')', '.', ' ') is [var letter] && char.IsAsciiLetter(letter) ? char.ToLowerInvariant(letter) - 'a' : -1;

    private static int NumberIn(string label) =>
        double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Floor(number) == number
            && Math.Abs(number) < Most + 1
            ? (int)number
            : int.MinValue / 2;
}
