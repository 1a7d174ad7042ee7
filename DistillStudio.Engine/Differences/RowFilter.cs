namespace DistillStudio.Engine.Differences;

/// <summary>A third of the rows, by the number of words in the input.</summary>
public enum InputLength
{
    Any,
    Short,
    Middle,
    Long,
}

/// <summary>Chooses rows of a table.</summary>
/// <param name="Outcome">Rows with this outcome in at least one pair, those with most first; null for all rows.</param>
/// <param name="Label">Text that the true label contains, case-insensitive; empty for all.</param>
/// <param name="Length">Rows without a known input pass only <see cref="InputLength.Any"/>.</param>
public sealed record RowFilter(RowOutcome? Outcome = null, string Label = "", InputLength Length = InputLength.Any)
{
    /// <summary>Returns the rows that pass, in order.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="texts">Their texts by key; rows may be missing.</param>
    public IReadOnlyList<RowDifference> Of(IReadOnlyList<RowDifference> rows, IReadOnlyDictionary<string, RowText> texts)
    {
        (int low, int high) = Bounds(rows, texts);
        IEnumerable<RowDifference> passed = rows.Where(row => Passes(texts.GetValueOrDefault(row.Key), low, high));
        return Outcome is { } outcome
            ? [.. passed.Where(row => row.Count(outcome) > 0).OrderByDescending(row => row.Count(outcome))]
            : [.. passed];
    }

    /// <summary>Returns the largest number of words in the short and in the middle third.</summary>
    public static (int Low, int High) Bounds(IReadOnlyList<RowDifference> rows, IReadOnlyDictionary<string, RowText> texts)
    {
        int[] words = [.. rows.Select(row => texts.GetValueOrDefault(row.Key)?.Words).OfType<int>().Order()];
        return words.Length == 0 ? (0, 0) : (words[(words.Length - 1) / 3], words[(words.Length - 1) * 2 / 3]);
    }

    private bool Passes(RowText? text, int low, int high) =>
        (Label.Length == 0 || text?.Truth.Contains(Label, StringComparison.OrdinalIgnoreCase) == true)
        && Length switch
        {
            InputLength.Short => text?.Words <= low,
            InputLength.Middle => text?.Words > low && text.Words <= high,
            InputLength.Long => text?.Words > high,
            _ => true,
        };
}
