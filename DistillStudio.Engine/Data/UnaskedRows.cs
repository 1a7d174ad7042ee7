using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>
/// The rows of a split for which a teacher gave no completion, because it was not asked or its reply did not come, next to its
/// completions, which are empty for them as for answers that cannot be used. Training does not read it.
/// </summary>
internal static class UnaskedRows
{
    public static string NameOf(string split) => $"{split}_unasked.json";

    /// <summary>Returns the rows; null if there is no file, because none are known.</summary>
    /// <exception cref="InputException">The file is damaged, or names a row that the split does not have.</exception>
    public static IReadOnlySet<int>? Read(string path, int rows) => RowNumbers.Read(path, rows, "the teacher");
}
