using System.Globalization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs.Filters;

/// <summary>Compares a field of a run with a value.</summary>
internal static class FilterComparison
{
    private const string None = "none";

    /// <summary>Relative difference up to which numbers are equal: that of a value written with all digits that matter.</summary>
    private const double Tolerance = 1e-9;

    private static readonly (string Unit, double Seconds)[] Units = [("min", 60), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

    /// <exception cref="InputException">Operator or value do not suit the field.</exception>
    public static Func<RunSummary, bool> Of(FilterField field, FilterToken sign, FilterToken value)
    {
        if (sign.Text == "!=")
        {
            Func<RunSummary, bool> equal = Of(field, sign with { Text = "=" }, value);
            return run => !equal(run);
        }

        if (sign.Text == "~")
        {
            return OfPattern(field, value);
        }

        if (sign.Text == "=" && value.IsKeyword(None))
        {
            return run => field.Value(run) is null || field.Texts(run).Any(text => text.Equals(None, StringComparison.OrdinalIgnoreCase));
        }

        return field.Kind switch
        {
            FilterKind.Text => OfText(field, sign, value),
            FilterKind.Time => OfTime(field, sign, value),
            _ => OfNumber(field, sign, value),
        };
    }

    private static Func<RunSummary, bool> OfPattern(FilterField field, FilterToken value)
    {
        try
        {
            var pattern = TextPattern.Parse(value.Text);
            return run => field.Texts(run).Any(pattern.IsMatch)
                || (!field.Texts(run).Any() && Convert.ToString(field.Value(run), CultureInfo.InvariantCulture) is { Length: > 0 } text
                    && pattern.IsMatch(text));
        }
        catch (InputException e)
        {
            throw FilterError.At(value.Position, e.Problems[0]);
        }
    }

    private static Func<RunSummary, bool> OfText(FilterField field, FilterToken sign, FilterToken value) => sign.Text == "="
        ? run => field.Texts(run).Any(text => text.Equals(value.Text, StringComparison.OrdinalIgnoreCase))
        : throw FilterError.At(sign.Position, $"{field.Name} is a text and has no order; compare it with =, != or ~.");

    private static Func<RunSummary, bool> OfNumber(FilterField field, FilterToken sign, FilterToken value)
    {
        double limit = ReadNumber(field, value);
        return sign.Text switch
        {
            ">" => run => Number(field, run) > limit,
            ">=" => run => Number(field, run) >= limit || IsEqual(Number(field, run), limit),
            "<" => run => Number(field, run) < limit,
            "<=" => run => Number(field, run) <= limit || IsEqual(Number(field, run), limit),

            // What the table shows is rounded: a value typed as shown means the runs that show it.
            _ => run => IsEqual(Number(field, run), limit)
                || field.Texts(run).Any(text => Plain(text).Equals(Plain(value.Text), StringComparison.OrdinalIgnoreCase)),
        };
    }

    private static double ReadNumber(FilterField field, FilterToken value)
    {
        string text = value.Text;
        double factor = 1;
        if (field.Kind == FilterKind.Share && text.EndsWith('%'))
        {
            (text, factor) = (text[..^1], 0.01);
        }
        else if (field.Kind == FilterKind.Duration
            && Array.Find(Units, unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase)) is { Unit: not null } unit)
        {
            (text, factor) = (text[..^unit.Unit.Length], unit.Seconds);
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
        {
            string example = field.Kind switch
            {
                FilterKind.Share => "68% or 0.68",
                FilterKind.Duration => "90s, 10min or 2h",
                _ => "0.3 or 5e-5",
            };
            throw FilterError.At(
                value.Position, $"{field.Name} is compared with a number, and {SettingLimits.Cut(value.Text, 40)} is none; write one such "
                    + $"as {example}.");
        }

        return field.Kind == FilterKind.Share && number * factor is < 0 or > 1
            ? throw FilterError.At(
                value.Position,
                string.Create(CultureInfo.InvariantCulture, $"{field.Name} is a share from 0 to 1; write {number:0.#}% for percent."))
            : number * factor;
    }

    private static Func<RunSummary, bool> OfTime(FilterField field, FilterToken sign, FilterToken value)
    {
        if (!DateTimeOffset.TryParse(
            value.Text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset from))
        {
            throw FilterError.At(
                value.Position, $"{SettingLimits.Cut(value.Text, 40)} is no date; write one such as 2026-01-31 or \"2026-01-31 14:00\".");
        }

        // A date means its whole day, a time its whole minute.
        TimeSpan length = from.TimeOfDay == TimeSpan.Zero && !value.Text.Contains(':', StringComparison.Ordinal)
            ? TimeSpan.FromDays(1)
            : TimeSpan.FromMinutes(1);
        DateTimeOffset end = DateTimeOffset.MaxValue - from > length ? from + length : DateTimeOffset.MaxValue;
        return sign.Text switch
        {
            ">" => run => field.Value(run) is DateTimeOffset time && time >= end,
            ">=" => run => field.Value(run) is DateTimeOffset time && time >= from,
            "<" => run => field.Value(run) is DateTimeOffset time && time < from,
            "<=" => run => field.Value(run) is DateTimeOffset time && time < end,
            _ => run => field.Value(run) is DateTimeOffset time && time >= from && time < end,
        };
    }

    private static double? Number(FilterField field, RunSummary run) =>
        field.Value(run) is IConvertible value and not string ? value.ToDouble(CultureInfo.InvariantCulture) : null;

    private static bool IsEqual(double? value, double limit) =>
        value is { } number && Math.Abs(number - limit) <= Tolerance * Math.Max(Math.Abs(number), Math.Abs(limit));

    private static string Plain(string text) =>
        text.Replace(" ", "", StringComparison.Ordinal).Replace("\u00a0", "", StringComparison.Ordinal);
}
