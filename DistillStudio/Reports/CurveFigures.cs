using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Metrics;
using DistillStudio.Reports.Charts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>Runs drawn as one line: a single run, or the seeds of a method.</summary>
/// <param name="Name">Name in the legend; null without one.</param>
/// <param name="Seeds">The runs averaged, one per seed; a single run is drawn as its own curve.</param>
/// <param name="Others">Further runs, drawn faintly as the seeds are.</param>
internal sealed record CurveGroup(string? Name, IReadOnlyList<RunCurves> Seeds, IReadOnlyList<RunCurves> Others)
{
    public bool IsMean => Seeds.Count > 1;

    /// <summary>The method of its runs, which gives its colour.</summary>
    public required string Method { get; init; }
}

/// <summary>Draws runs over their steps: accuracy on validation, label loss and rationale loss.</summary>
internal static class CurveFigures
{
    /// <summary>Least weight of the past in smoothed curves.</summary>
    private const double LeastSmoothing = 0.6;

    private const double MostSmoothing = 0.999;

    /// <summary>Share of a run's steps over which its losses are smoothed.</summary>
    private const double Window = 0.02;

    /// <summary>Returns one figure per panel; panels without a curve are left out.</summary>
    /// <param name="groups">The lines, in the order of the legend.</param>
    /// <param name="note">A sentence that qualifies validation curves; null for none.</param>
    public static IEnumerable<Figure> Of(IReadOnlyList<CurveGroup> groups, string? note = null) =>
        RunCurves.Panels.Select(panel => Of(groups, panel, note)).OfType<Figure>();

    private static Figure? Of(IReadOnlyList<CurveGroup> groups, PanelPlan plan, string? note)
    {
        int longest = plan.Training is null ? 0 : All(groups).Max(run => run[plan.Training].X.Count);
        double weight = longest == 0 ? 0 : Math.Clamp(1 - (1 / (longest * Window)), LeastSmoothing, MostSmoothing);
        IReadOnlyList<SeriesLook> looks = SeriesLook.OfMethods([.. groups.Select(group => group.Method)]);
        ChartLine[] lines = [.. groups.SelectMany(
            (group, i) => Lines(group, looks[i].Color, plan, weight, groups is [{ Name: null }]).Select(line => line with { Dash = i }))];
        if (lines.All(line => line.Points.Count == 0))
        {
            return null;
        }

        var chart = new LineChart(plan.Panel.Title, plan.Panel.Unit, Axis.Step.Unit, [.. lines.Where(line => line.Points.Count > 0)])
        {
            X = AxisFormat.Count,
            Y = plan == PanelPlan.Accuracy ? AxisFormat.Percent : AxisFormat.Number,
        };
        CurveGroup[] drawn = [.. groups.Where(group => group.Seeds.Any(run => plan.Metrics.Any(metric => run[metric].X.Count > 0)))];
        return new(plan.Panel.Title.ToLowerInvariant().Replace(' ', '-'), chart, Caption(drawn, plan, weight, note));
    }

    private static IEnumerable<RunCurves> All(IReadOnlyList<CurveGroup> groups) =>
        groups.SelectMany(group => group.Seeds.Concat(group.Others));

    private static IEnumerable<ChartLine> Lines(CurveGroup group, int slot, PanelPlan plan, double weight, bool isOnly)
    {
        bool isShare = plan == PanelPlan.Accuracy;
        if (plan.Training is { } training)
        {
            StepCurve[] smooth = [.. group.Seeds.Select(run => run[training].Smoothed(weight))];
            IEnumerable<StepCurve> faint = group.IsMean ? [.. smooth, .. group.Others.Select(run => run[training].Smoothed(weight))]
                : isOnly ? group.Seeds.Select(run => run[training])
                : [];
            foreach (StepCurve curve in faint)
            {
                yield return new(null, slot, curve.Points(), LineRole.Faint);
            }

            yield return new(group.Name, slot, Points(group, smooth, isShare));
        }

        if (plan.Validation is { } validation)
        {
            StepCurve[] seeds = [.. group.Seeds.Select(run => run[validation])];
            if (group.IsMean && plan.Training is null)
            {
                foreach (StepCurve curve in seeds.Concat(group.Others.Select(run => run[validation])))
                {
                    yield return new(null, slot, curve.Points(), LineRole.Faint);
                }
            }

            IReadOnlyList<ChartPoint> points = Points(group, seeds, isShare);
            bool isAlone = plan.Training is null;
            yield return isAlone ? new(group.Name, slot, points, LineRole.Marked)
                : new(null, slot, [.. points.Select(point => point with { Low = null, High = null })], LineRole.Marked);
        }
    }

    private static IReadOnlyList<ChartPoint> Points(CurveGroup group, StepCurve[] curves, bool isShare) =>
        curves.Length == 0 ? [] : group.IsMean ? StepCurve.Mean(curves, isShare) : curves[0].Points();

    /// <summary>Describes how means over seeds are drawn.</summary>
    /// <param name="means">Each with its number of seeds.</param>
    public static string MeanText(IEnumerable<string> means) =>
        $"Mean with its 95 % band (t interval of each step, cut at the edge): {string.Join("; ", means)}. Single runs are faint.";

    private static string Caption(IReadOnlyList<CurveGroup> groups, PanelPlan plan, double weight, string? note)
    {
        string title = plan.Panel.Title;
        string what = plan.Training is null ? $"{title} on the validation rows."
            : $"{title} per token. Lines: in training, averaged over about {Format.Count((long)Math.Round(1 / (1 - weight)))} steps"
                + $"{(groups is [{ Name: null }] ? ", over the single steps drawn faintly" : "")}. Circles: on the validation rows.";
        string[] means =
        [
            .. groups.Where(group => group.IsMean).Select(group => $"{group.Name} over {Format.Plural(group.Seeds.Count, "seed")}"),
        ];
        string bands = means.Length == 0 ? ""
            : $" {MeanText(means)}";
        return what + bands + (note is null ? "" : $" {note}");
    }
}
