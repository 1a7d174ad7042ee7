using System.Security.Cryptography;
using System.Text;

namespace DistillStudio.Engine.Data;

/// <summary>
/// Digests of a dataset's files, taken while they are read: one of the files of rows, and one of each teacher's completions. A file is
/// identified by its split and text, not by its name or location.
/// </summary>
internal sealed class DatasetDigests
{
    /// <summary>Represents the files of rows; no teacher has this name.</summary>
    private const string Rows = "";

    private readonly Dictionary<string, StringBuilder> _parts = new() { [Rows] = new() };

    /// <summary>SHA-256 over the digests of the files of rows.</summary>
    public string OfRows => Combine(_parts[Rows].ToString());

    /// <summary>By teacher, SHA-256 over the digests of the files of completions.</summary>
    public IReadOnlyDictionary<string, string> OfTeachers =>
        _parts.Where(part => part.Key != Rows).ToDictionary(part => part.Key, part => Combine(part.Value.ToString()));

    /// <summary>Digests what <paramref name="read"/> reads of a file of rows.</summary>
    public void AddRows(string split, Action<IncrementalHash> read) => Add(Rows, split, read);

    /// <summary>Digests what <paramref name="read"/> reads of a file of completions.</summary>
    public void AddAnswers(string teacher, string split, Action<IncrementalHash> read) => Add(teacher, split, read);

    /// <summary>Returns the SHA-256 of the dataset's files of rows, or of all its rows if it has no files.</summary>
    public static string OfFiles(Dataset dataset) =>
        dataset.FilesDigest
        ?? Combine([.. dataset.Splits.Values.OrderBy(split => split.Name, StringComparer.Ordinal)
            .Select(split => $"{split.Name} {RowDigests.FingerprintOf(split.Rows.Select(row => (row.Input, row.Label))).Ordered}")]);

    /// <summary>Returns the SHA-256 of a teacher's files, or of all its answers if there are no files.</summary>
    public static string OfTeacher(Dataset dataset, string teacher) =>
        dataset.TeacherDigests.TryGetValue(teacher, out string? digest)
            ? digest
            : Combine(
                [
                    .. dataset.Splits.Values.Where(split => split.Teachers.ContainsKey(teacher)).OrderBy(
                        split => split.Name, StringComparer.Ordinal)
                .Select(split => $"{split.Name} "
                    + $"{RowDigests.FingerprintOf(split.Teachers[teacher].Select(answer => (answer.Rationale, answer.Label))).Ordered}")]);

    /// <summary>Returns the SHA-256 of the teachers of a run, in order; null without a teacher.</summary>
    public static string? OfRun(Dataset dataset, IReadOnlyList<string> teachers) => teachers switch
    {
        [] => null,
        [var only] => OfTeacher(dataset, only),
        _ => Combine([.. teachers.Select(teacher => OfTeacher(dataset, teacher))]),
    };

    /// <summary>Returns the SHA-256 of digests, in order.</summary>
    public static string Combine(params string[] digests) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', digests))));

    private void Add(string group, string split, Action<IncrementalHash> read)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        read(digest);
        if (!_parts.TryGetValue(group, out StringBuilder? part))
        {
            _parts.Add(group, part = new());
        }

        part.Append(split).Append(' ').Append(Convert.ToHexStringLower(digest.GetHashAndReset())).Append('\n');
    }
}
