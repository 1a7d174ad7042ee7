using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace DistillStudio.Engine.Data;

/// <summary>Fingerprints of a list of rows by content, in lower-case hexadecimal SHA-256.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Ordered">Equal only for the same rows in the same order.</param>
/// <param name="Content">Equal only for the same rows, each as often, in any order.</param>
public sealed record RowsFingerprint(int Rows, string Ordered, string Content);

/// <summary>
/// Identifies rows by their content, input and true label, so that rows of two runs can be paired whatever their place in a file.
/// </summary>
public static class RowDigests
{
    /// <summary>Separates a digest from the count of its occurrence.</summary>
    private const char CountMark = '#';

    /// <summary>Returns the fingerprints of the rows.</summary>
    public static RowsFingerprint FingerprintOf(IReadOnlyList<TrainingRow> rows) =>
        FingerprintOf(rows.Select(row => (row.Input, row.Truth)));

    internal static RowsFingerprint FingerprintOf(IEnumerable<(string Input, string Label)> rows)
    {
        UInt128[] digests = Of(rows);
        string ordered = Sha256(digests);
        Array.Sort(digests);
        return new(digests.Length, ordered, Sha256(digests));
    }

    /// <summary>
    /// Returns a key for each row: 16 hexadecimal digits of its digest; the second and later of equal rows add their count: <c>#2</c>.
    /// Equal lists of rows in any order have the same keys.
    /// </summary>
    public static IReadOnlyList<string> KeysOf(IReadOnlyList<TrainingRow> rows)
    {
        var seen = new Dictionary<ulong, int>();
        return [.. Of(rows.Select(row => (row.Input, row.Truth))).Select(digest => Key((ulong)(digest >> 64)))];

        string Key(ulong start)
        {
            int count = CollectionsMarshal.GetValueRefOrAddDefault(seen, start, out _)++;
            return count == 0 ? $"{start:x16}" : $"{start:x16}{CountMark}{count + 1}";
        }
    }

    /// <summary>Returns the first half of the SHA-256 of each row: the length of its input, its input and its label.</summary>
    private static UInt128[] Of(IEnumerable<(string Input, string Label)> rows)
    {
        byte[] text = new byte[4096];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var digests = new List<UInt128>(rows.TryGetNonEnumeratedCount(out int count) ? count : 0);
        foreach ((string input, string label) in rows)
        {
            int most = sizeof(int) + Encoding.UTF8.GetMaxByteCount(input.Length) + Encoding.UTF8.GetMaxByteCount(label.Length);
            if (text.Length < most)
            {
                text = new byte[most];
            }

            int inputBytes = Encoding.UTF8.GetBytes(input, text.AsSpan(sizeof(int)));
            BinaryPrimitives.WriteInt32LittleEndian(text, inputBytes);
            int labelBytes = Encoding.UTF8.GetBytes(label, text.AsSpan(sizeof(int) + inputBytes));
            SHA256.HashData(text.AsSpan(0, sizeof(int) + inputBytes + labelBytes), hash);
            digests.Add(BinaryPrimitives.ReadUInt128BigEndian(hash));
        }

        return [.. digests];
    }

    private static string Sha256(UInt128[] digests)
    {
        byte[] bytes = new byte[digests.Length * 16];
        for (int i = 0; i < digests.Length; i++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(i * 16), digests[i]);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
