namespace DistillStudio.Engine.Data;

/// <summary>Finds labels that differ only in capitals or spaces, which exact match counts as different answers.</summary>
public static class LabelSpellings
{
    private const int MostShown = 3;

    /// <summary>Returns one sentence naming such labels; null if there are none, or if the task does not compare labels as text.</summary>
    public static string? Doubt(TaskKind task, IEnumerable<string> labels)
    {
        IEnumerable<IGrouping<string, string>> same =
            (task == TaskKind.Text ? labels.Distinct() : []).GroupBy(Folded).Where(group => group.Count() > 1);
        string[][] alike = [.. same.Select(group => group.Order(StringComparer.Ordinal).ToArray())];
        if (alike.Length == 0)
        {
            return null;
        }

        string shown = string.Join("; ", alike.Take(MostShown).Select(group => string.Join(" and ", group.Take(MostShown))));
        return $"Labels that differ only in capitals or spaces are different answers: {shown}"
            + $"{(alike.Length > MostShown ? $"; and {alike.Length - MostShown:N0} more" : "")}. "
            + $"If they mean the same, write them alike and import the file again.";
    }

    private static string Folded(string label) =>
        string.Join(' ', label.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant();
}
