using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Import;

/// <summary>Turns a JSON value into the cells of a row: fields of objects become columns <c>object.field</c>, arrays become
/// lists.</summary>
internal static class JsonCells
{
    private const int MostDepth = 8;

    /// <summary>Returns null for a value that is neither an object nor a string.</summary>
    public static Dictionary<string, Cell>? Of(JsonElement row)
    {
        var cells = new Dictionary<string, Cell>();
        switch (row.ValueKind)
        {
            case JsonValueKind.Object:
                Add(cells, "", row, 0);
                return cells;
            case JsonValueKind.String:
                cells[JsonTable.TextColumn] = new(TextOf(row));
                return cells;
            default:
                return null;
        }
    }

    /// <summary>Returns true for an array whose first element is an object.</summary>
    public static bool IsRows(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object;

    private static void Add(Dictionary<string, Cell> cells, string path, JsonElement value, int depth)
    {
        if (value.ValueKind == JsonValueKind.Object && depth < MostDepth)
        {
            foreach (JsonProperty field in value.EnumerateObject())
            {
                Add(cells, (path.Length == 0 ? "" : path + ".") + ColumnName.Of(field.Name), field.Value, depth + 1);
            }
        }
        else if (IsRows(value) && depth < MostDepth)
        {
            AddFields(cells, path, value, depth);
        }
        else
        {
            cells[path] = value.ValueKind == JsonValueKind.Array
                ? new(null, [.. value.EnumerateArray().Select(TextOf)])
                : new(value.ValueKind == JsonValueKind.Null ? null : TextOf(value));
        }
    }

    /// <summary>Collects each field of the objects in an array into one list.</summary>
    private static void AddFields(Dictionary<string, Cell> cells, string path, JsonElement array, int depth)
    {
        var lists = new Dictionary<string, List<string>>();
        foreach (JsonElement element in array.EnumerateArray())
        {
            var fields = new Dictionary<string, Cell>();
            if (element.ValueKind == JsonValueKind.Object)
            {
                Add(fields, "", element, depth + 1);
            }

            foreach ((string name, Cell cell) in fields)
            {
                lists.TryAdd(name, []);
                lists[name].Add(cell.ToString());
            }
        }

        foreach ((string name, List<string> items) in lists)
        {
            cells[$"{path}.{name}"] = new(null, items);
        }
    }

    /// <summary>Returns the text of a value; numbers and nested values as written.</summary>
    private static string TextOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return "";
        }

        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : LenientJson.RawText(value);
        }
        catch (InvalidOperationException)
        {
            return Mark; // half of a surrogate pair
        }
    }

    /// <summary>Represents text that is not valid Unicode, which is rejected where it is used.</summary>
    internal const string Mark = "\uFFFF";
}
