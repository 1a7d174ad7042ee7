using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>
/// The rows of a split that a teacher was not asked about, and those for which it was asked and no reply came, next to its completions,
/// which are empty for both as for replies that cannot be used. Training reads neither. Earlier programs wrote both as not asked about.
/// </summary>
internal static class UnaskedRows
{
    public static string NameOf(string split) => $"{split}_unasked.json";

    public static string NameOfUnanswered(string split) => $"{split}_unanswered.json";

    /// <summary>Reads either file; null if there is none, because no such rows are known.</summary>
    /// <exception cref="InputException">The file is damaged, or names a row that the split does not have.</exception>
    public static IReadOnlySet<int>? Read(string path, int rows) => RowNumbers.Read(path, rows, "the teacher");
}
