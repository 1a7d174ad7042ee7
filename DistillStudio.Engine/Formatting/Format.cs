using System.Globalization;

namespace DistillStudio.Engine.Formatting;

/// <summary>Formats figures for display. Widths vary little, so that a table does not jump as they change.</summary>
public static class Format
{
    public const string Nothing = "–";

    /// <summary>A loss or a norm: four significant digits.</summary>
    public static string Loss(double? value) => value switch
    {
        null => Nothing,
        { } v when !double.IsFinite(v) => double.IsNaN(v) ? "NaN" : "∞",
        { } v when Math.Abs(v) is >= 1000 or (> 0 and < 0.001) => v.ToString("0.00e0", CultureInfo.InvariantCulture),
        { } v => v.ToString(Math.Abs(v) >= 100 ? "0.0" : Math.Abs(v) >= 10 ? "0.00" : "0.000", CultureInfo.InvariantCulture),
    };

    /// <summary>A share in [0, 1] as percent with one decimal.</summary>
    public static string Percent(double? share) =>
        share is { } s ? string.Create(CultureInfo.InvariantCulture, $"{s * 100:0.0} %") : Nothing;

    /// <summary>A share in [0, 1] that was chosen, as percent with three significant digits at most: 25 %, 12.5 %.</summary>
    public static string ShortPercent(double share) =>
        string.Create(CultureInfo.InvariantCulture, $"{(double)(decimal)share * 100:G3} %");

    /// <summary>A difference of two shares in percentage points, with its sign.</summary>
    public static string Points(double? difference) =>
        difference is { } d ? string.Create(CultureInfo.InvariantCulture, $"{(d < 0 ? "−" : "+")}{Math.Abs(d) * 100:0.0} pp") : Nothing;

    /// <summary>A share in [0, 1] as whole percent, rounded down, so that 100 % means done.</summary>
    public static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(share * 100):0} %");

    /// <summary>A share for a style sheet.</summary>
    public static string CssShare(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#}%");

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A number per second; the title beside it says of what.</summary>
    public static string Rate(double? perSecond) => perSecond switch
    {
        null => Nothing,
        >= 100 and { } r => string.Create(CultureInfo.InvariantCulture, $"{r:#,0} /s"),
        { } r => string.Create(CultureInfo.InvariantCulture, $"{r:0.0} /s"),
    };

    /// <summary>Two units at most: 1 h 05 m, 3 m 20 s, 45 s.</summary>
    public static string Duration(double? seconds)
    {
        if (seconds is not { } s || !double.IsFinite(s))
        {
            return Nothing;
        }

        var time = TimeSpan.FromSeconds(Math.Clamp(s, 0, 1e9));
        return time switch
        {
            { TotalDays: >= 1 } => $"{(int)time.TotalDays} d {time.Hours:00} h",
            { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes:00} m",
            { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes} m {time.Seconds:00} s",
            { TotalSeconds: >= 10 } => $"{(int)time.TotalSeconds} s",
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        };
    }

    /// <summary>An estimate in words: about an hour, about 13 minutes, about 2.5 hours; a dash if unknown.</summary>
    public static string About(double? seconds)
    {
        if (seconds is not { } s || !double.IsFinite(s))
        {
            return Nothing;
        }

        var time = TimeSpan.FromSeconds(Math.Clamp(s, 0, 1e9));
        return time switch
        {
            { TotalSeconds: < 1.5 } => "about a second",
            { TotalSeconds: < 10 } => $"about {time.TotalSeconds:0} seconds",
            { TotalSeconds: < 57.5 } => $"about {Math.Round(time.TotalSeconds / 5) * 5:0} seconds",
            { TotalSeconds: < 90 } => "about a minute",
            { TotalMinutes: < 57.5 } => $"about {Round(time.TotalMinutes, 20, 5):0} minutes",
            { TotalMinutes: < 75 } => "about an hour",
            { TotalHours: < 10 } => string.Create(CultureInfo.InvariantCulture, $"about {Math.Round(time.TotalHours * 2) / 2:0.#} hours"),
            { TotalHours: < 36 } => $"about {time.TotalHours:0} hours",
            _ => string.Create(CultureInfo.InvariantCulture, $"about {Math.Round(time.TotalDays * 2) / 2:#,0.#} days"),
        };

        // Whole units, from a size on whole multiples of a coarser one.
        static double Round(double value, double coarseFrom, double by) =>
            value < coarseFrom ? Math.Round(value) : Math.Round(value / by) * by;
    }

    /// <summary>Of one step: 42 ms, 1.3 s.</summary>
    public static string StepTime(double seconds) =>
        seconds < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");

    /// <summary>A setting's number, as short as it can be written and read back.</summary>
    public static string Setting(double value) =>
        value != 0 && Math.Abs(value) < 0.001
            ? value.ToString("0.###e0", CultureInfo.InvariantCulture)
            : value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>12 rows, 1 row.</summary>
    public static string Plural(long count, string one, string? many = null) => $"{Count(count)} {(count == 1 ? one : many ?? one + "s")}";
}
