namespace DistillStudio.Components.Charts;

/// <summary>
/// Finds the range of a panel's y axis that its curves fill without their outliers: single spikes, and whole curves that are far away
/// from at least half of the others, such as those of a run that diverged.
/// </summary>
internal static class PanelRange
{
    /// <summary>Share of a curve's points at either end that may be spikes.</summary>
    private const double Tail = 0.01;

    /// <summary>A curve with fewer points has no spikes.</summary>
    private const int LeastPoints = 20;

    /// <summary>Distance of an outlying curve from the others, in multiples of their height.</summary>
    private const double FarAway = 5;

    /// <summary>Part of the height that an axis may give to outliers before they are clipped.</summary>
    private const double Slack = 0.6;

    private const double Padding = 0.05;

    /// <summary>Returns the range without outliers; null if there are none, or no points at all.</summary>
    /// <param name="curves">Values of each curve, as drawn.</param>
    /// <param name="isLog">True for a logarithmic axis: distances are then ratios, and values up to 0 are not drawn.</param>
    /// <returns>Values as drawn, the lower first.</returns>
    public static ChartRange? WithoutOutliers(IEnumerable<IEnumerable<double>> curves, bool isLog)
    {
        double[][] sorted =
        [
            .. curves.Select(curve => curve.Where(y => double.IsFinite(y) && (!isLog || y > 0)).Select(y => isLog ? Math.Log10(y) : y)
                .Order().ToArray()).Where(curve => curve.Length > 0),
        ];
        if (sorted.Length == 0)
        {
            return null;
        }

        ChartRange all = new(sorted.Min(curve => curve[0]), sorted.Max(curve => curve[^1]));
        ChartRange usual = Usual([.. sorted.Select(Body)], isLog);
        double height = usual.To - usual.From;
        double slack = Slack * height;
        if (height <= 0 || (all.From >= usual.From - slack && all.To <= usual.To + slack))
        {
            return null;
        }

        // Only the side with outliers is cut: the other keeps its last point.
        double low = all.From < usual.From - slack ? usual.From : all.From, high = all.To > usual.To + slack ? usual.To : all.To;
        double padding = Padding * (high - low);
        double bottom = !isLog && low >= 0 ? Math.Max(0, low - padding) : low - padding;
        return isLog ? new(Math.Pow(10, bottom), Math.Pow(10, high + padding)) : new(bottom, high + padding);
    }

    /// <summary>Returns the range of a curve without its spikes.</summary>
    private static ChartRange Body(double[] sorted)
    {
        int cut = sorted.Length < LeastPoints ? 0 : (int)Math.Ceiling(Tail * sorted.Length);
        return new(sorted[cut], sorted[sorted.Length - 1 - cut]);
    }

    /// <summary>Returns the range of the lower half of the curves and of all others not far away from them.</summary>
    private static ChartRange Usual(ChartRange[] bodies, bool isLog)
    {
        ChartRange[] byHeight = [.. bodies.OrderBy(body => body.To)];
        ChartRange[] half = byHeight[..((bodies.Length + 1) / 2)];
        double low = half.Min(body => body.From), high = half.Max(body => body.To);
        double reach = Math.Max(FarAway * (high - low), isLog ? Math.Log10(2) : Math.Abs(high)); // up to twice a value is near
        ChartRange[] near = [.. byHeight.Where(body => body.To <= high + reach && body.From >= low - reach)];
        return new(near.Select(body => body.From).Append(low).Min(), near.Select(body => body.To).Append(high).Max());
    }
}
