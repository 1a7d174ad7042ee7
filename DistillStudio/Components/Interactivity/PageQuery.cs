using System.Globalization;
using System.Text;
using DistillStudio.Engine.Settings;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace DistillStudio.Components.Interactivity;

/// <summary>
/// A page's view state as a URL query. Default values are omitted to keep URLs short. Records which values had no effect, so that the
/// page can report them.
/// </summary>
public sealed class PageQuery
{
    private const int LongestShown = 60;

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _refused = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = [];

    /// <summary>A sentence for each value that had no effect: rejected by its reader, or with a key that the page does not read.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. _refused.Values,
        .. _values.Keys.Where(key => !_known.Contains(key)).Select(key => $"{Shown(key)} has no effect: this page has no such setting."),
    ];

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

    public string? Text(string key)
    {
        _known.Add(key);
        return _values.TryGetValue(key, out string? value) && value.Length > 0 ? value : null;
    }

    public bool Flag(string key) => Text(key) switch
    {
        "1" => true,
        null or "0" => false,
        _ => Refuse(key, "1, or leave it out", false),
    };

    /// <summary>Returns null if the key is absent or its value is not a whole number in the range.</summary>
    public int? Whole(string key, int from = int.MinValue, int to = int.MaxValue) => Text(key) switch
    {
        null => null,
        { } text when int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            && value >= from && value <= to => value,
        _ => Refuse<int?>(key, $"a whole number{Range(from, to, int.MinValue, int.MaxValue)}", null),
    };

    /// <summary>Returns null if the key is absent or its value is not a finite number in the range.</summary>
    public double? Number(string key, double from = double.MinValue, double to = double.MaxValue) => Text(key) switch
    {
        null => null,
        { } text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value) && value >= from && value <= to => value,
        _ => Refuse<double?>(key, $"a number{Range(from, to, double.MinValue, double.MaxValue)}", null),
    };

    public T Choice<T>(string key, T otherwise)
        where T : struct, Enum => Text(key) switch
        {
            null => otherwise,
            { } text when Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) => value,
            _ => Refuse(key, OneOf(Enum.GetNames<T>()), otherwise),
        };

    /// <summary>Looks up the value of a key; adds a problem and returns null if there is nothing of that name.</summary>
    /// <param name="key">A key of the query.</param>
    /// <param name="find">Returns null for an unknown value.</param>
    /// <param name="expected">What to give instead, completing "give …".</param>
    public T? Find<T>(string key, Func<string, T?> find, string expected)
        where T : class =>
        Text(key) is not { } text ? null : find(text) ?? Refuse<T?>(key, expected, null);

    /// <summary>Records that the value of a key has no effect.</summary>
    /// <param name="key">A key of the query.</param>
    /// <param name="expected">What to give instead, completing "give …".</param>
    /// <param name="otherwise">The value to use, which is returned.</param>
    public T Refuse<T>(string key, string expected, T otherwise)
    {
        Note(key, $"{Shown(key)} has no effect; give {expected}.");
        return otherwise;
    }

    /// <summary>Records a problem of a key's value as one sentence.</summary>
    public void Note(string key, string sentence) => _refused[key] = sentence;

    /// <summary>Returns the texts as a choice: "a, b or c", in lower case.</summary>
    public static string OneOf(IReadOnlyList<string> texts) => (texts.Count == 1
        ? texts[0]
        : $"{string.Join(", ", texts.SkipLast(1))} or {texts[^1]}").ToLowerInvariant();

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

    private string Shown(string key) => SettingLimits.Cut($"{key}={_values.GetValueOrDefault(key)}", LongestShown);

    private static string Range<T>(T from, T to, T least, T most)
        where T : IComparable<T> =>
        from.CompareTo(least) == 0 ? ""
        : from is double.Epsilon ? string.Create(CultureInfo.InvariantCulture, $" above 0 and up to {to}")
        : to.CompareTo(most) == 0 ? string.Create(CultureInfo.InvariantCulture, $", {from} or more")
        : string.Create(CultureInfo.InvariantCulture, $" from {from} to {to}");
}
