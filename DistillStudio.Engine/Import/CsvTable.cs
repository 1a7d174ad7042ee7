using System.Text.Unicode;
using CsvHelper;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Reads CSV and TSV tables, whose first record names the columns.</summary>
internal static class CsvTable
{
    private const int SampleBytes = 1 << 18;

    /// <exception cref="InputException">The file cannot be read, is not text, or has a quote that never closes.</exception>
    public static void Read(string path, IRowSink sink, ReadOptions options, CancellationToken stop)
    {
        string extension =
            Path.GetExtension(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path).ToLowerInvariant();
        CsvDialect dialect = DetectDialect(path, extension);
        CsvMalformedRecord? broken = null;
        int line = 1;
        try
        {
            using Stream text = SkipHint(SkipMark(SourceStream.OpenText(path, options.Progress)), out char? hinted);
            dialect = hinted is { } separator ? new(separator, CsvMode.Rfc4180) : dialect;
            int before = hinted is null ? 0 : 1;
            using var reader = CsvReader.Create(
                text, dialect.Options(malformed => broken = malformed.Reason == CsvMalformedReason.UnterminatedQuote ? malformed : broken),
                leaveOpen: true);
            string[] columns = ReadHeader(path, reader);
            bool continues = true;
            for (int index = 0; continues && reader.Read(); index++)
            {
                stop.ThrowIfCancellationRequested();
                line = (int)reader.LineNumber + before;
                if (broken is { } quote)
                {
                    throw new InputException($"{path}, line {quote.LineNumber + before}: the quote that opens here is never closed; "
                        + $"close it, or double it if it belongs to the text.");
                }

                if (reader.FieldCount == 1 && reader.GetSpan(0).Trim(" \t"u8).IsEmpty && columns.Length > 1)
                {
                    index--; // a blank line is not a row
                    continue;
                }

                continues = WhyNot(reader, columns.Length) is { } reason
                    ? sink.Reject(new(path, line, reason), index)
                    : sink.Take(new(path, index, line, Cells(reader, columns)));
            }
        }
        catch (CsvFormatException e)
        {
            throw new InputException($"{path}, after line {line}: a row has more than {ByteSize.Format(TextWindow.MaxBytes)}; "
                + $"close its quote, or shorten it.", e);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw SourceStream.Unreadable(path, e);
        }
    }

    private static CsvDialect DetectDialect(string path, string extension)
    {
        using Stream text = SkipMark(SourceStream.OpenText(path, progress: null));
        byte[] sample = new byte[SampleBytes];
        try
        {
            int read = text.ReadAtLeast(sample, sample.Length, throwOnEndOfStream: false);
            return CsvDialect.Detect(sample[..read], extension, isWhole: read < sample.Length);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw SourceStream.Unreadable(path, e);
        }
    }

    /// <summary>Names blank columns by their position, and numbers repeated names.</summary>
    private static string[] ReadHeader(string path, CsvReader reader)
    {
        if (!reader.Read())
        {
            throw new InputException($"{path} is empty; name a file with rows.");
        }

        var columns = new List<string>();
        for (int i = 0; i < reader.FieldCount; i++)
        {
            string name = ColumnName.Of(reader.GetString(i).Trim());
            name = name.Length == 0 ? $"column {i + 1}" : name;
            string unique = name;
            for (int again = 2; columns.Contains(unique); again++)
            {
                unique = $"{name} {again}";
            }

            columns.Add(unique);
        }

        return [.. columns];
    }

    private static string? WhyNot(CsvReader reader, int columns)
    {
        if (!Utf8.IsValid(reader.RawRecord))
        {
            return "is not valid UTF-8; save the file as UTF-8";
        }

        int extra = reader.FieldCount;
        while (extra > columns && reader.GetSpan(extra - 1).Trim(" \t"u8).IsEmpty)
        {
            extra--; // separators after the last column
        }

        return extra == columns ? null : $"has {extra} field{(extra == 1 ? "" : "s")} where the header has {columns}";
    }

    private static Dictionary<string, Cell> Cells(CsvReader reader, string[] columns)
    {
        var cells = new Dictionary<string, Cell>(columns.Length);
        for (int i = 0; i < columns.Length; i++)
        {
            cells[columns[i]] = new(reader.GetString(i));
        }

        return cells;
    }

    /// <summary>Skips Excel's first line <c>sep=;</c>, which names the separator instead of columns.</summary>
    /// <param name="text">The file without a byte order mark.</param>
    /// <param name="separator">The separator that it names; null if there is no such line.</param>
    private static JoinedStream SkipHint(Stream text, out char? separator)
    {
        byte[] head = new byte[7];
        int read = text.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        bool isHint = read >= 6 && head.AsSpan().StartsWith("sep="u8) && head[4] < 0x80 && head[5] is (byte)'\r' or (byte)'\n';
        separator = isHint ? (char)head[4] : null;
        int line = !isHint ? 0 : head[5] == '\r' && read == 7 && head[6] == '\n' ? 7 : 6;
        return new JoinedStream(head[line..read], text);
    }

    /// <summary>Skips a byte order mark.</summary>
    private static Stream SkipMark(Stream text)
    {
        byte[] head = new byte[3];
        int read = text.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return read == 3 && head.AsSpan().SequenceEqual("\uFEFF"u8) ? text : new JoinedStream(head[..read], text);
    }
}
