using System.Globalization;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Reports.Charts;

/// <summary>Range and ticks of an axis.</summary>
internal sealed class AxisScale
{
    /// <summary>Ratio of the largest to the smallest value from which the axis is logarithmic.</summary>
    private const double LogRatio = 30;

    /// <summary>Relative range below which numbers count as equal: their ticks would have too many digits to read.</summary>
    private const double LeastRange = 1e-4;

    private readonly AxisFormat _format;
    private readonly double _low;
    private readonly double _high;
    private readonly int _decimals;

    private AxisScale(AxisFormat format, bool isLog, double low, double high, IReadOnlyList<double> ticks, int decimals)
    {
        (_format, IsLog, _low, _high, Ticks, _decimals) = (format, isLog, low, high, ticks, decimals);
    }

    public bool IsLog { get; }

    /// <summary>Values to label, ascending, within the range.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <param name="values">Values to show; all finite. Without any, the axis is that of 0 to 1.</param>
    /// <param name="format">Division and text of the axis.</param>
    /// <param name="ticks">Number of ticks to aim at.</param>
    public static AxisScale Of(IReadOnlyCollection<double> values, AxisFormat format, int ticks)
    {
        (double low, double high) = values.Count == 0 ? (0, 1) : (values.Min(), values.Max());
        if (format == AxisFormat.Number && low > 0 && high > low * LogRatio)
        {
            return Logarithmic(low, high);
        }

        if (format == AxisFormat.Count)
        {
            low = Math.Min(low, 0);
        }

        if (high - low <= Math.Max(Math.Abs(low), Math.Abs(high)) * (format == AxisFormat.Number ? LeastRange : 1e-9))
        {
            double room = format == AxisFormat.Percent ? 0.05 : format == AxisFormat.Count ? 1 : high == 0 ? 1 : Math.Abs(high) * 0.1;
            (low, high) = (format == AxisFormat.Count ? low : low - room, high + room);
        }

        if (format == AxisFormat.Percent)
        {
            (low, high) = (Math.Max(0, low), Math.Min(1, high));
        }

        double step = NiceStep((high - low) / ticks);
        step = format == AxisFormat.Count ? Math.Max(1, step) : step;
        double first = Math.Floor((low / step) + 1e-9);
        double last = Math.Ceiling((high / step) - 1e-9);
        double[] at = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
        return new(format, false, at[0], at[^1], at, Decimals(format == AxisFormat.Percent ? step * 100 : step));
    }

    /// <summary>Returns the place of a value on the axis: 0 at its start, 1 at its end.</summary>
    public double At(double value) => IsLog
        ? (Math.Log10(Math.Max(value, double.Epsilon)) - Math.Log10(_low)) / (Math.Log10(_high) - Math.Log10(_low))
        : (value - _low) / (_high - _low);

    /// <summary>Returns the text of a tick.</summary>
    public string Text(double tick) => _format switch
    {
        AxisFormat.Percent =>
            string.Create(CultureInfo.InvariantCulture, $"{(tick * 100).ToString($"F{_decimals}", CultureInfo.InvariantCulture)} %"),
        AxisFormat.Count when Math.Abs(tick) < 1e15 => Format.Count((long)Math.Round(tick)),
        _ when tick != 0 && (Math.Abs(tick) >= 1e5 || Math.Abs(tick) < 1e-3) => tick.ToString("0.#####e0", CultureInfo.InvariantCulture),
        _ => tick.ToString(IsLog ? "0.######" : $"F{_decimals}", CultureInfo.InvariantCulture),
    };

    private static AxisScale Logarithmic(double low, double high)
    {
        int from = (int)Math.Floor(Math.Log10(low));
        int to = (int)Math.Ceiling(Math.Log10(high));
        int every = Math.Max(1, (to - from + 5) / 6);
        double[] factors = to - from <= 2 ? [1, 2, 5] : [1];
        double[] ticks =
        [
            .. Enumerable.Range(from, to - from + 1)
                .Where(power => (power - from) % every == 0)
                .SelectMany(power => factors.Select(factor => factor * Math.Pow(10, power)))
                .Where(tick => tick >= low * 0.999 && tick <= high * 1.001),
        ];
        return new(AxisFormat.Number, true, low, high, ticks, 0);
    }

    /// <summary>Returns the least of 1, 2 and 5 times a power of ten that is not smaller.</summary>
    private static double NiceStep(double least)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return new[] { 1.0, 2, 5, 10 }.First(factor => factor * power >= least * (1 - 1e-9)) * power;
    }

    private static int Decimals(double step) => Math.Clamp((int)-Math.Floor(Math.Log10(step) + 1e-9), 0, 15);
}
