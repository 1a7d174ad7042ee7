using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Reads the rows of a file of any supported format: JSON Lines, JSON, CSV, TSV and Parquet, each also packed with gzip.</summary>
internal static class TableReader
{
    private static readonly string[] TextTables = [".csv", ".tsv"];

    /// <exception cref="InputException">The file cannot be read as rows; single unreadable rows are rejected instead.</exception>
    public static Task ReadAsync(string path, IRowSink sink, ReadOptions options, CancellationToken stop)
    {
        byte[] head = SourceStream.Head(path);
        if (head.Length == 0)
        {
            throw new InputException($"{path} is empty; name a file with rows.");
        }

        if (head.AsSpan().StartsWith("PAR1"u8))
        {
            return ParquetTable.ReadAsync(path, sink, options, stop);
        }

        return Task.Run(
            () =>
            {
                if (IsJson(path, head))
                {
                    JsonTable.Read(path, sink, options, stop);
                }
                else
                {
                    CsvTable.Read(path, sink, options, stop);
                }
            },
            stop);
    }

    /// <summary>Returns true for CSV and TSV, whose first line names the columns.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    internal static bool IsDelimited(string path)
    {
        byte[] head = SourceStream.Head(path);
        return !head.AsSpan().StartsWith("PAR1"u8) && !IsJson(path, head);
    }

    private static bool IsJson(string path, ReadOnlySpan<byte> head)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        if (TextTables.Contains(Path.GetExtension(name).ToLowerInvariant()))
        {
            return false;
        }

        // with marks, and halves of UTF-16
        ReadOnlySpan<byte> blank = [0xEF, 0xBB, 0xBF, 0xFE, 0xFF, 0, (byte)' ', (byte)'\t', (byte)'\r', (byte)'\n'];
        int start = head.IndexOfAnyExcept(blank);
        bool isNamed = Path.GetExtension(name).ToLowerInvariant() is ".json" or ".jsonl" or ".ndjson";
        return isNamed || (start >= 0 && head[start] is (byte)'{' or (byte)'[');
    }
}
