using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace DistillStudio.Components.Interactivity;

/// <summary>A page's view state as a URL query. Default values are omitted to keep URLs short.</summary>
public sealed class PageQuery
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    public static PageQuery Of(NavigationManager navigation) => Of(new Uri(navigation.Uri).Query);

    /// <summary>Parses a query with its question mark; an empty one has no values.</summary>
    public static PageQuery Of(string text)
    {
        var query = new PageQuery();
        foreach ((string key, Microsoft.Extensions.Primitives.StringValues values) in QueryHelpers.ParseQuery(text))
        {
            query._values[key] = values[^1] ?? "";
        }

        return query;
    }

    public string? Text(string key) => _values.TryGetValue(key, out string? value) && value.Length > 0 ? value : null;

    public bool Flag(string key) => Text(key) == "1";

    public int? Whole(string key) =>
        int.TryParse(Text(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : null;

    /// <summary>Returns null if the key is absent or its value is not a finite number.</summary>
    public double? Number(string key) =>
        double.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : null;

    public T Choice<T>(string key, T otherwise)
        where T : struct, Enum =>
        Enum.TryParse(Text(key), ignoreCase: true, out T value) && Enum.IsDefined(value) ? value : otherwise;

    public IReadOnlyList<string> List(string key) =>
        Text(key)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Sets the value of a key; null or an empty text removes the key.</summary>
    public PageQuery Set(string key, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            _values.Remove(key);
        }
        else
        {
            _values[key] = value;
        }

        return this;
    }

    public PageQuery Set(string key, bool value) => Set(key, value ? "1" : null);

    public PageQuery Set(string key, int? value) => Set(key, value?.ToString(CultureInfo.InvariantCulture));

    public PageQuery Set(string key, double? value) => Set(key, value?.ToString("0.######", CultureInfo.InvariantCulture));

    public PageQuery Set(string key, IEnumerable<string> values) => Set(key, string.Join(',', values));

    public PageQuery SetChoice<T>(string key, T value, T otherwise)
        where T : struct, Enum =>
        Set(key, value.Equals(otherwise) ? null : value.ToString().ToLowerInvariant());

    /// <summary>Returns the address of this view under a path: <c>runs/x?log=1</c>.</summary>
    public string Under(string path)
    {
        var address = new StringBuilder(path);
        char separator = '?';
        foreach ((string key, string value) in _values)
        {
            // Leaves commas unescaped for readability: they separate list items and are legal in a query.
            address.Append(separator).Append(Uri.EscapeDataString(key)).Append('=').Append(
                Uri.EscapeDataString(value).Replace("%2C", ",", StringComparison.Ordinal));
            separator = '&';
        }

        return address.ToString();
    }
}
