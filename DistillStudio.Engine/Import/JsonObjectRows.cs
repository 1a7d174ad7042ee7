using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Finds the rows in a file that is one object, such as <c>{"version": 2, "data": [{…}, {…}]}</c>.</summary>
internal static class JsonObjectRows
{
    /// <summary>Arrays of objects that describe the columns, as some libraries write them before the rows.</summary>
    private static readonly string[] Descriptions = ["features", "fields", "columns", "schema"];

    /// <summary>Moves the window behind the bracket of the first array of objects, and returns its line.</summary>
    /// <exception cref="InputException">The file is not JSON, or has no such array.</exception>
    public static int FindArray(TextWindow window)
    {
        var state = new JsonReaderState();
        string? name = null;
        bool isArrayOpen = false; // the last token was the bracket of an array that may hold the rows
        int line = 1;
        while (true)
        {
            var reader = new Utf8JsonReader(window.Text.Span, window.IsEnd, state);
            try
            {
                while (true)
                {
                    long before = reader.BytesConsumed;
                    if (!reader.Read())
                    {
                        break;
                    }

                    if (isArrayOpen && reader.TokenType == JsonTokenType.StartObject && !Descriptions.Contains(name))
                    {
                        line += JsonRows.Lines(window.Text.Span[..(int)before]);
                        window.Advance((int)before);
                        return line;
                    }

                    isArrayOpen = reader.TokenType == JsonTokenType.StartArray;
                    name = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : name;
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new InputException($"{window.Path}, line {line + ((e as JsonException)?.LineNumber ?? 0)}: not valid JSON; "
                    + $"fix the file, or give one row on each line.", e);
            }

            if (window.IsEnd)
            {
                throw new InputException($"{window.Path} is one object without an array of rows; give one row on each line, "
                    + $"or all in one array.");
            }

            state = reader.CurrentState;
            line += JsonRows.Lines(window.Text.Span[..(int)reader.BytesConsumed]);
            window.Advance((int)reader.BytesConsumed);
            window.Fill("a value has more than any row may have; give one row on each line");
        }
    }
}
