using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Data;

/// <summary>
/// The rows of a split that a teacher's review rejected: a JSON array of their indices, from 0, next to the teacher's completions. An
/// empty array means that a review rejected none.
/// </summary>
internal static class RejectedAnswers
{
    private const int LargestFile = 100 * ByteSize.MB;

    public static string NameOf(string split) => $"{split}_rejected.json";

    /// <summary>Writes the file.</summary>
    public static void Write(string path, IEnumerable<int> rows) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(rows.Order()));

    /// <summary>Returns the rejected rows; null if there is no file, because the teacher was not reviewed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Number of rows of the split.</param>
    /// <param name="digest">Receives the rows.</param>
    /// <exception cref="InputException">The file is damaged, or names a row that the split does not have.</exception>
    public static IReadOnlySet<int>? Read(string path, int rows, Action<Action<IncrementalHash>> digest)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        SortedSet<int> rejected;
        try
        {
            rejected = [.. PlainFile.ReadJson<int[]>(path, LargestFile, JsonSerializerOptions.Default)];
        }
        catch (JsonException e)
        {
            throw new InputException($"{path} is not a list of row numbers; write the reviewed teacher again with `teacher export`, "
                + $"or remove the file.", e);
        }

        if (rejected.Count > 0 && (rejected.Min < 0 || rejected.Max >= rows))
        {
            int odd = rejected.Min < 0 ? rejected.Min : rejected.Max;
            throw new InputException($"{path} names row {odd}, but the split has the rows 0 to {rows - 1}; write the reviewed teacher "
                + $"again with `teacher export`, or remove the file.");
        }

        digest(hash =>
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join(',', rejected.Select(row => row.ToString(CultureInfo.InvariantCulture))))));
        return rejected;
    }
}
