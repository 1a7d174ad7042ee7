using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Finds the rows in a file that is one object, such as <c>{"version": 2, "data": [{…}, {…}]}</c>.</summary>
internal static class JsonObjectRows
{
    /// <summary>Arrays of objects that describe the columns, as some libraries write them before the rows.</summary>
    private static readonly string[] Descriptions = ["features", "fields", "columns", "schema"];

    /// <summary>Returns the error for a file of columns.</summary>
    public static string HoldsColumns(string path) =>
        $"{path} is one object of columns, not of rows; give one object for each row (pandas writes them with orient=\"records\" and "
            + $"lines=True).";

    /// <summary>
    /// Returns the depth of the rows: they are in the outermost array of objects, of which there must be only one, so that none is
    /// silently skipped.
    /// </summary>
    /// <exception cref="InputException">The file is not JSON, has no array of rows, or several.</exception>
    public static int FindDepth(TextWindow window, CancellationToken stop)
    {
        var names = new List<string>();
        int depth = int.MaxValue; // arrays within rows are deeper
        Walk(window, (ref reader, name, isArrayOpen) =>
        {
            stop.ThrowIfCancellationRequested();
            if (IsFirstRow(reader, name, isArrayOpen) && reader.CurrentDepth <= depth)
            {
                if (reader.CurrentDepth < depth)
                {
                    names.Clear();
                }

                depth = reader.CurrentDepth;
                names.Add(name ?? "");
            }

            return true;
        });
        return names.Count switch
        {
            0 => throw new InputException($"{window.Path} is one object without an array of rows; give one row on each line, "
                + $"or all in one array."),
            1 => depth,
            _ => throw new InputException($"{window.Path} holds several arrays of rows: {string.Join(", ", names.Take(5))}; "
                + $"write each to its own file, and give them as --file train=… --file test=…."),
        };
    }

    /// <summary>Moves the window past the bracket of the array of rows, and returns its line.</summary>
    /// <param name="window">At the start of the file.</param>
    /// <param name="depth">As <see cref="FindDepth"/> returned it.</param>
    /// <exception cref="InputException">The file is not JSON.</exception>
    public static int FindArray(TextWindow window, int depth) =>
        Walk(window, (ref reader, name, isArrayOpen) => !(IsFirstRow(reader, name, isArrayOpen) && reader.CurrentDepth == depth))
            ?? throw new InputException($"{window.Path} changed while it was read; import it again.");

    private static bool IsFirstRow(in Utf8JsonReader reader, string? name, bool isArrayOpen) =>
        isArrayOpen && reader.TokenType == JsonTokenType.StartObject && !Descriptions.Contains(name);

    /// <summary>Visits the tokens of a file until <paramref name="visit"/> returns false.</summary>
    /// <param name="window">Ends up after the token before the last one visited.</param>
    /// <param name="visit">Returns false to stop.</param>
    /// <returns>The line of the last token; null at the end of the file.</returns>
    private static int? Walk(TextWindow window, Visit visit)
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

                    if (!visit(ref reader, name, isArrayOpen))
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
                return null;
            }

            state = reader.CurrentState;
            line += JsonRows.Lines(window.Text.Span[..(int)reader.BytesConsumed]);
            window.Advance((int)reader.BytesConsumed);
            window.Fill("a value is longer than any row may be; give one row on each line");
        }
    }

    /// <summary>Receives a token.</summary>
    /// <param name="reader">At the token.</param>
    /// <param name="name">The last property's name.</param>
    /// <param name="isArrayOpen">True for the first token in an array.</param>
    private delegate bool Visit(ref Utf8JsonReader reader, string? name, bool isArrayOpen);
}
