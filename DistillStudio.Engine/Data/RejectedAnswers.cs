using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>
/// The rows of a split that a teacher's review rejected, next to the teacher's completions. An empty list means that a review rejected
/// none.
/// </summary>
internal static class RejectedAnswers
{
    public static string NameOf(string split) => $"{split}_rejected.json";

    /// <summary>Returns the rejected rows; null if there is no file, because the teacher was not reviewed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Number of rows of the split.</param>
    /// <param name="digest">Receives the rows.</param>
    /// <exception cref="InputException">The file is damaged, or names a row that the split does not have.</exception>
    public static IReadOnlySet<int>? Read(string path, int rows, Action<Action<IncrementalHash>> digest)
    {
        IReadOnlySet<int>? rejected = RowNumbers.Read(path, rows, "the reviewed teacher");
        if (rejected is not null)
        {
            digest(hash => hash.AppendData(
                Encoding.UTF8.GetBytes(string.Join(',', rejected.Select(row => row.ToString(CultureInfo.InvariantCulture))))));
        }

        return rejected;
    }
}
