using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Data;

/// <summary>Files of row numbers: a JSON array of the indices, from 0, of rows of a split.</summary>
internal static class RowNumbers
{
    private const int LargestFile = 100 * ByteSize.MB;

    /// <summary>Writes the file.</summary>
    public static void Write(string path, IEnumerable<int> rows) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(rows.Order()));

    /// <summary>Returns the rows; null if there is no file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Number of rows of the split.</param>
    /// <param name="what">What to write again where the file is damaged, such as <c>the teacher</c>.</param>
    /// <exception cref="InputException">The file is damaged, or names a row that the split does not have.</exception>
    public static IReadOnlySet<int>? Read(string path, int rows, string what)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        SortedSet<int> read;
        try
        {
            read = [.. PlainFile.ReadJson<int[]>(path, LargestFile, JsonSerializerOptions.Default)];
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{path} is not a list of row numbers; write {what} again with `teacher export`, or remove the file.", e);
        }

        if (read.Count > 0 && (read.Min < 0 || read.Max >= rows))
        {
            int odd = read.Min < 0 ? read.Min : read.Max;
            throw new InputException($"{path} names row {odd}, but the split has the rows 0 to {rows - 1}; write {what} again with "
                + $"`teacher export`, or remove the file.");
        }

        return read;
    }
}
