using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Reads rows of JSON: one on each line, all in one array, or in an array inside one object.</summary>
internal static class JsonTable
{
    /// <summary>The meaning of an object that is the only one in a file.</summary>
    private enum ObjectContent
    {
        Row,

        /// <summary>It holds an array of rows.</summary>
        Rows,

        /// <summary>Each of its values is a column, as some libraries write tables.</summary>
        Columns,
    }

    /// <summary>Column of a row that is a single string, such as a teacher's completion.</summary>
    public const string TextColumn = "completion";

    /// <exception cref="InputException">The file cannot be read, is not text, or its array is damaged.</exception>
    public static void Read(string path, IRowSink sink, ReadOptions options, CancellationToken stop)
    {
        int index = 0;
        bool Take(RowPlace place, ReadOnlyMemory<byte> text)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                using JsonDocument document = JsonRows.Parse(place, text);
                Dictionary<string, Cell>? cells = JsonCells.Of(document.RootElement);
                return cells is null
                    ? sink.Reject(new(path, place.Line, "is not a row; give an object in braces"), index++)
                    : sink.Take(new(path, index++, place.Line, cells));
            }
            catch (InputException e)
            {
                return sink.Reject(new(path, place.Line, Reason(e.Message)), index++);
            }
        }

        if (IsOneObject(path))
        {
            int depth;
            using (TextWindow whole = Open(path, progress: null))
            {
                depth = JsonObjectRows.FindDepth(whole, stop);
            }

            using TextWindow window = Open(path, options.Progress);
            int line = JsonObjectRows.FindArray(window, depth);
            JsonRows.ScanArray(window, line, Take, isWhole: false);
        }
        else
        {
            using TextWindow window = Open(path, options.Progress);
            JsonRows.Scan(window, Take);
        }
    }

    private static TextWindow Open(string path, Action<long>? progress) => new(path, SourceStream.OpenText(path, progress));

    /// <summary>Returns the message without the position, which the rejection states itself.</summary>
    private static string Reason(string message)
    {
        int at = message.IndexOf(": ", StringComparison.Ordinal);
        return (at < 0 ? message : message[(at + 2)..]).TrimEnd('.');
    }

    /// <summary>Returns true if the file is one object around its rows: over several lines, or on one line that holds an array of
    /// rows.</summary>
    private static bool IsOneObject(string path)
    {
        using TextWindow window = Open(path, progress: null);
        int line = 1;
        JsonRows.SkipBlank(window, ref line);
        if (!window.Text.Span.StartsWith("{"u8))
        {
            return false;
        }

        int lines = 0;
        bool isUnfinished = false;
        ObjectContent content = default;
        try
        {
            JsonRows.Scan(window, (place, text) =>
            {
                lines++;
                isUnfinished = lines == 1 && IsUnfinished(text.Span);
                content = lines == 1 && !isUnfinished ? ContentOf(place, text) : ObjectContent.Row;
                return content != ObjectContent.Row;
            });
        }
        catch (InputException)
        {
            return lines == 0; // a first line that is longer than any row
        }

        return content == ObjectContent.Columns ? throw new InputException(JsonObjectRows.HoldsColumns(path))
            : isUnfinished || content == ObjectContent.Rows;
    }

    private static ObjectContent ContentOf(RowPlace place, ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonRows.Parse(place, text);
            JsonElement[] values = [.. document.RootElement.EnumerateObject().Select(field => field.Value)];
            return values.Any(JsonCells.IsRows) ? ObjectContent.Rows
                : values.Length > 1
                    && values.All(value => value.ValueKind is JsonValueKind.Array or JsonValueKind.Object) ? ObjectContent.Columns
                : ObjectContent.Row;
        }
        catch (InputException)
        {
            return ObjectContent.Row;
        }
    }

    /// <summary>Returns true if the line is the beginning of valid JSON that continues after it.</summary>
    private static bool IsUnfinished(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
            }

            return reader.CurrentDepth > 0 || reader.TokenType == JsonTokenType.StartObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
