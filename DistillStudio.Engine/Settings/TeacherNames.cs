using System.Globalization;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Settings;

/// <summary>Names of teachers in user input.</summary>
public static class TeacherNames
{
    /// <summary>Name that represents no teacher.</summary>
    public const string None = "none";

    private const char Comma = ',';

    /// <summary>
    /// Parses the name of a teacher, or several separated by commas: known names case-insensitive, others unchanged; returns null for
    /// <see cref="None"/>.
    /// </summary>
    public static string? Parse(string? text) =>
        text?.Contains(Comma, StringComparison.Ordinal) == true ? Join(Split(text).Select(name => ParseOne(name) ?? None)) : ParseOne(text);

    /// <summary>Returns the names in a list separated by commas.</summary>
    public static string[] Split(string text) => text.Split(Comma, StringSplitOptions.TrimEntries);

    /// <summary>Returns the list that <see cref="Split"/> reads.</summary>
    public static string Join(IEnumerable<string> names) => string.Join(Comma, names);

    /// <summary>Parses the weights of several teachers; returns null unless all are finite, none is negative and one is positive.</summary>
    public static double[]? Weights(string? text)
    {
        double[] weights = [
            .. (text ?? "").Split(Comma).Select(
                part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) ? weight : double.NaN)
        ];
        return weights.All(weight => weight is >= 0 and < 1e9) && weights.Sum() > 0 ? weights : null;
    }

    private static string? ParseOne(string? text) =>
        new[] { None, DatasetLayout.Palm, DatasetLayout.Gpt }.FirstOrDefault(
            known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) switch
        {
            None => null,
            { } known => known,
            null => text,
        };
}
