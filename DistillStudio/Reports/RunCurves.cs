using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Statistics;
using DistillStudio.History;
using DistillStudio.Reports.Charts;

namespace DistillStudio.Reports;

/// <summary>A curve at its full length; NaN and infinite values are gaps.</summary>
/// <param name="X">Steps, ascending.</param>
/// <param name="Y">Values at these steps.</param>
internal sealed record StepCurve(IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    public static StepCurve Empty { get; } = new([], []);

    /// <summary>Returns the points to draw: peaks and gaps are kept.</summary>
    public IReadOnlyList<ChartPoint> Points() =>
        [.. Downsampling.KeepExtremes([.. Y], LineChart.MostPoints).Select(i => new ChartPoint(X[i], double.IsFinite(Y[i]) ? Y[i] : null))];

    /// <summary>Returns the debiased average, as the pages draw it; gaps stay gaps.</summary>
    public StepCurve Smoothed(double weight)
    {
        var average = default(DebiasedAverage);
        return this with { Y = [.. Y.Select(Next)] };

        double Next(double y)
        {
            average = average.Next(y, weight);
            return double.IsFinite(y) ? average.Value : double.NaN;
        }
    }

    /// <summary>
    /// Returns the mean over seeds with its 95 % t interval, at steps that all curves have: a mean over changing seeds would jump. A step
    /// at which one curve has a gap is a gap.
    /// </summary>
    /// <param name="curves">One per seed, at least one.</param>
    /// <param name="isShare">True for values in [0, 1], in which the interval is kept.</param>
    public static IReadOnlyList<ChartPoint> Mean(IReadOnlyList<StepCurve> curves, bool isShare)
    {
        var common = new HashSet<double>(curves[0].X);
        foreach (StepCurve curve in curves.Skip(1))
        {
            common.IntersectWith(curve.X);
        }

        double[] steps = Thin([.. common.Order()]);
        IReadOnlyList<double>[] values = [.. curves.Select(curve => curve.At(steps))];
        return [.. SeedBand.Of(values).Select((point, i) => Point(steps[i], point, curves.Count, isShare))];
    }

    private static ChartPoint Point(double step, BandPoint point, int seeds, bool isShare)
    {
        if (point.Count < seeds)
        {
            return new(step, null);
        }

        (double? low, double? high) = (point.Interval?.Low, point.Interval?.High);
        return isShare
            ? new(step, point.Mean, low is { } l ? Math.Max(0, l) : null, high is { } h ? Math.Min(1, h) : null)
            : new(step, point.Mean, low, high);
    }

    /// <summary>Returns the values at some of the steps, which ascend; for a step that occurs twice, the last one.</summary>
    private double[] At(double[] steps)
    {
        double[] values = new double[steps.Length];
        int at = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            while (at + 1 < X.Count && X[at + 1] <= steps[i])
            {
                at++;
            }

            values[i] = Y[at];
        }

        return values;
    }

    /// <summary>Returns evenly spaced elements, the first and the last among them.</summary>
    private static double[] Thin(double[] steps) => steps.Length <= LineChart.MostPoints
        ? steps
        : [.. Enumerable.Range(0, LineChart.MostPoints).Select(i => steps[(long)i * (steps.Length - 1) / (LineChart.MostPoints - 1)])];
}

/// <summary>The curves of one run that reports draw, from its events.</summary>
internal sealed class RunCurves
{
    private readonly Dictionary<Metric, (List<double> X, List<double> Y)> _values = Metrics.ToDictionary(
        metric => metric,
        _ => (new List<double>(), new List<double>()));

    /// <summary>The panels that reports draw.</summary>
    public static IReadOnlyList<PanelPlan> Panels { get; } = [PanelPlan.Accuracy, PanelPlan.LabelLoss, PanelPlan.RationaleLoss];

    private static IEnumerable<Metric> Metrics => Panels.SelectMany(panel => panel.Metrics);

    public StepCurve this[Metric metric] => _values[metric] is var (x, y) ? new(x, y) : StepCurve.Empty;

    /// <summary>Adds the points of an event; the events of a run are added in order.</summary>
    public void Add(RunEvent happened)
    {
        foreach ((Metric metric, (List<double> x, List<double> y)) in _values)
        {
            (int Step, double? Value) point = (metric, happened) switch
            {
                (StepMetric ofSteps, StepCompleted step) => (step.Step, ofSteps.Column.Read(step, 0)),
                (EvaluationMetric ofEvaluations, EvaluationCompleted evaluation) when EvaluationMetric.IsPoint(evaluation) =>
                    (evaluation.Step, ofEvaluations.Column.Read(evaluation)),
                _ => default,
            };
            if (point.Value is { } value)
            {
                x.Add(point.Step);
                y.Add(value);
            }
        }
    }
}
