using System.Globalization;
using DistillStudio.Engine.Runtime;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace DistillStudio.Engine.Import;

/// <summary>Reads Parquet files one row group at a time: keeps only the needed columns of one group in memory.</summary>
internal static class ParquetTable
{
    /// <exception cref="InputException">The file is damaged, or has columns that cannot be read.</exception>
    public static async Task ReadAsync(string path, IRowSink sink, ReadOptions options, CancellationToken stop)
    {
        try
        {
            await using FileStream file = SourceStream.OpenRaw(path);
            await using ParquetReader reader = await ParquetReader.CreateAsync(file, cancellationToken: stop);
            (string Name, DataField Field)[] columns =
                [.. Leaves(reader.Schema.Fields, "").Where(leaf => options.Columns?.Contains(leaf.Name) != false)];
            int index = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
                Cell[][] cells = new Cell[columns.Length][];
                for (int i = 0; i < columns.Length; i++)
                {
                    cells[i] = await CellsAsync(rows, columns[i].Field, stop);
                }

                for (int row = 0; row < rows.RowCount; row++, index++)
                {
                    stop.ThrowIfCancellationRequested();
                    var values = new Dictionary<string, Cell>(columns.Length);
                    for (int i = 0; i < columns.Length; i++)
                    {
                        values[columns[i].Name] = cells[i][row];
                    }

                    if (!sink.Take(new(path, index, index + 1, values)))
                    {
                        return;
                    }
                }

                options.Progress?.Invoke(file.Length * (group + 1) / reader.RowGroupCount);
            }
        }
        catch (Exception e) when (e is not (OperationCanceledException or StudioException or OutOfMemoryException))
        {
            throw SourceStream.Unreadable(path, e); // a damaged file can cause any exception
        }
    }

    /// <summary>Returns the columns with values; a field of a group is <c>group.field</c>, and lists have the name of their
    /// group.</summary>
    private static IEnumerable<(string Name, DataField Field)> Leaves(IEnumerable<Field> fields, string path) =>
        fields.SelectMany(field => Leaves(field, path + ColumnName.Of(field.Name)));

    private static IEnumerable<(string Name, DataField Field)> Leaves(Field field, string name) => field switch
    {
        DataField data => [(name, data)],
        ListField list => Leaves(list.Item, name),
        MapField map => [.. Leaves(map.Key, $"{name}.key"), .. Leaves(map.Value, $"{name}.value")],
        StructField group => Leaves(group.Fields, name + "."),
        _ => [],
    };

    private static async Task<Cell[]> CellsAsync(ParquetRowGroupReader rows, DataField field, CancellationToken stop)
    {
        using RawColumnData data = await rows.ReadRawColumnDataBaseAsync(field, stop);
        return Assemble(field, data, TextsOf(field, data), (int)rows.RowCount);
    }

    /// <summary>Puts values into rows by their levels (Melnik et al. 2010, "Dremel", section 4.2).</summary>
    private static Cell[] Assemble(DataField field, RawColumnData data, string[] texts, int rows)
    {
        bool isList = field.MaxRepetitionLevel > 0;
        ReadOnlySpan<int> defined = field.MaxDefinitionLevel > 0 ? data.DefinitionLevels : [];
        ReadOnlySpan<int> repeated = isList ? data.RepetitionLevels : [];
        Cell[] cells = new Cell[rows];
        int count = isList ? repeated.Length : rows;
        int row = -1;
        int next = 0;
        List<string> items = [];
        for (int i = 0; i < count; i++)
        {
            bool isPresent = defined.Length == 0 || defined[i] == field.MaxDefinitionLevel;
            string? text = isPresent ? texts[next++] : null;
            if (!isList)
            {
                cells[i] = new(text);
                continue;
            }

            if (repeated[i] == 0)
            {
                items = [];
                cells[++row] = new(null, items);
            }

            if (text is not null)
            {
                items.Add(text);
            }
        }

        return cells;
    }

    private static string[] TextsOf(DataField field, RawColumnData data) => data switch
    {
        RawColumnData<ReadOnlyMemory<char>> texts => Convert(texts, text => text.ToString()),
        RawColumnData<ReadOnlyMemory<byte>> bytes => Convert(bytes, text => Utf8(text.Span)),
        RawColumnData<bool> flags => Convert(flags, flag => flag ? "true" : "false"),
        RawColumnData<sbyte> numbers => Convert(numbers, Plain),
        RawColumnData<byte> numbers => Convert(numbers, Plain),
        RawColumnData<short> numbers => Convert(numbers, Plain),
        RawColumnData<ushort> numbers => Convert(numbers, Plain),
        RawColumnData<int> numbers => Convert(numbers, Plain),
        RawColumnData<uint> numbers => Convert(numbers, Plain),
        RawColumnData<long> numbers => Convert(numbers, Plain),
        RawColumnData<ulong> numbers => Convert(numbers, Plain),
        RawColumnData<float> numbers => Convert(numbers, Plain),
        RawColumnData<double> numbers => Convert(numbers, Plain),
        RawColumnData<decimal> numbers => Convert(numbers, Plain),
        RawColumnData<DateTime> times => Convert(times, time => time.ToString("O", CultureInfo.InvariantCulture)),
        RawColumnData<Guid> ids => Convert(ids, id => id.ToString()),
        _ => throw new InputException($"column {field.Path} has an unsupported type ({field.ClrType.Name}); "
            + $"remove it from the file."),
    };

    private static string[] Convert<T>(RawColumnData<T> data, Func<T, string> text)
        where T : struct
    {
        ReadOnlySpan<T> values = data.Values;
        string[] texts = new string[values.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = text(values[i]);
        }

        return texts;
    }

    private static string Plain<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);

    private static string Utf8(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? System.Text.Encoding.UTF8.GetString(bytes) : JsonCells.Mark;
}
