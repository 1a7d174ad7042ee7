using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Draws the validation and test rows of a dataset that has none, with a seed and without regard to the labels.</summary>
internal static class RowDraw
{
    private const int BlockBytes = 1 << 17;

    /// <summary>The splits, by their index in a draw.</summary>
    public static IReadOnlyList<string> Splits { get; } = [Dataset.Train, Dataset.Valid, Dataset.Test];

    /// <summary>Returns the index of each row's split; the same seed gives the same rows.</summary>
    /// <exception cref="InputException">No training row would be left.</exception>
    public static byte[] Assign(int rows, double validShare, double testShare, int seed)
    {
        int test = CountOf(rows, testShare);
        int valid = CountOf(rows, validShare);
        if (rows - test - valid < 1)
        {
            throw new InputException($"{rows} row{(rows == 1 ? "" : "s")} cannot be divided into training, validation and test; "
                + $"give more rows, or smaller shares with --valid-share and --test-share.");
        }

        byte[] splits = new byte[rows];
        int[] order = new SeededRandom((ulong)seed).Permutation(rows);
        for (int i = 0; i < test + valid; i++)
        {
            splits[order[i]] = (byte)(i < test ? 2 : 1);
        }

        return splits;
    }

    /// <summary>Copies each line of a file to the file of its split.</summary>
    /// <param name="splits">One number per line, an index into <paramref name="targets"/>.</param>
    /// <param name="targets">Null for a split without rows.</param>
    public static void Distribute(string source, ReadOnlySpan<byte> splits, IReadOnlyList<LineFile?> targets, CancellationToken stop)
    {
        using FileStream file = SourceStream.OpenRaw(source);
        byte[] block = new byte[BlockBytes];
        int line = 0;
        for (int read; (read = file.Read(block)) > 0;)
        {
            stop.ThrowIfCancellationRequested();
            for (ReadOnlySpan<byte> rest = block.AsSpan(0, read); rest.Length > 0;)
            {
                int end = rest.IndexOf((byte)'\n');
                int length = end < 0 ? rest.Length : end + 1;
                targets[splits[line]]!.Stream.Write(rest[..length]);
                rest = rest[length..];
                line += end < 0 ? 0 : 1;
            }
        }
    }

    private static int CountOf(int rows, double share) => share == 0 ? 0 : Math.Max(1, (int)Math.Floor((rows * share) + 1e-9));
}
