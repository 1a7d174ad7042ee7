using System.Globalization;

namespace DistillStudio.Exports;

/// <summary>Formats CSV fields: invariant-culture numbers, and text escaped so that no spreadsheet evaluates it as a formula.</summary>
internal static class Csv
{
    public const string Type = "text/csv; charset=utf-8";

    public static string Line(params IEnumerable<object?> values) => string.Join(',', values.Select(Field));

    public static string Field(object? value)
    {
        string text = value is DateTimeOffset time
            ? time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)
            : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (value is string && text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r')
        {
            text = $"'{text}"; // prevents formula evaluation in spreadsheets
        }

        return text.AsSpan().IndexOfAny("\",\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
