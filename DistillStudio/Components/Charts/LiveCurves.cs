using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.History;

namespace DistillStudio.Components.Charts;

/// <summary>Converts a run's events to points that continue the curves drawn from its history.</summary>
public sealed class LiveCurves
{
    private readonly string _runId;
    private readonly Axis _axis;
    private readonly double _weight;
    private readonly Dictionary<Metric, DebiasedAverage> _averages = [];
    private readonly Dictionary<StepColumn, double> _totals;
    private double _elapsed;
    private DateTimeOffset? _lastTime;
    private double _x;
    private long _lastNumber;

    /// <param name="run">State of the run when the curves were read.</param>
    /// <param name="curves">The drawn curves.</param>
    /// <param name="view">The view with which they were drawn.</param>
    /// <param name="lastNumber">Number of the last event included in the curves.</param>
    public LiveCurves(RunSummary run, IReadOnlyList<Curve> curves, ChartView view, long lastNumber)
    {
        _lastNumber = lastNumber;
        _runId = run.Id;
        _axis = view.Axis;
        _weight = view.Smoothing;
        _elapsed = run.Elapsed;
        _lastTime = run.LastTime;
        _totals = new() { [StepColumn.Examples] = run.Examples };
        foreach (Curve curve in curves)
        {
            _x = curve.X.Count > 0 ? Math.Max(_x, curve.X[^1]) : _x;
            _averages[curve.Metric] = curve.Average;
        }
    }

    /// <summary>Returns the key of a curve within a figure.</summary>
    public static string Key(string runId, Metric metric) => $"{runId}|{metric.Name}";

    /// <summary>Returns the points of the events, one delta per curve; skips events already drawn.</summary>
    public IReadOnlyList<ChartDelta> Append(IReadOnlyList<RunEvent> events)
    {
        var points = new Dictionary<Metric, (List<double> X, List<double?> Y, List<double?>? Smooth)>();
        foreach (RunEvent happened in events.Where(e => e.Number > _lastNumber))
        {
            _lastNumber = happened.Number;
            PassTime(happened);
            switch (happened)
            {
                case StepCompleted step:
                    _x = _axis.At(new(step.Step, step.Epoch, step.Examples, _elapsed));
                    AddStep(step);
                    break;
                case EvaluationCompleted evaluation when EvaluationMetric.IsPoint(evaluation):
                    foreach (EvaluationMetric metric in Metric.OfEvaluations)
                    {
                        Add(metric, metric.Column.Read(evaluation));
                    }

                    break;
            }
        }

        return [.. points.Select(p => new ChartDelta(Key(_runId, p.Key), p.Value.X, p.Value.Y, p.Value.Smooth))];

        void AddStep(StepCompleted step)
        {
            foreach (StepMetric metric in Metric.OfSteps)
            {
                double before = metric.IsRunningTotal ? _totals[metric.Column] : 0;
                Add(metric, metric.Column.Read(step, _elapsed) is { } value ? metric.Value(value, before, step.Seconds) : null);
            }

            foreach (StepColumn column in _totals.Keys)
            {
                _totals[column] = column.Read(step, _elapsed) ?? 0;
            }
        }

        void Add(Metric metric, double? value)
        {
            if (value is null)
            {
                return; // the run has no such metric
            }

            double? y = double.IsFinite(value.Value) ? value : null;
            if (!points.TryGetValue(metric, out (List<double> X, List<double?> Y, List<double?>? Smooth) curve))
            {
                points[metric] = curve = ([], [], metric.IsSmoothed && _weight > 0 ? [] : null);
            }

            curve.X.Add(_x);
            curve.Y.Add(y);
            curve.Smooth?.Add(Average(metric, y));
        }
    }

    private double? Average(Metric metric, double? y)
    {
        DebiasedAverage average = _averages.GetValueOrDefault(metric).Next(y, _weight);
        _averages[metric] = average;
        return y is null ? null : average.Value;
    }

    /// <summary>Advances the elapsed time as the history does, excluding pauses and interruptions.</summary>
    private void PassTime(RunEvent happened)
    {
        _elapsed += RunSummaryReducer.SecondsSince(_lastTime, happened);
        _lastTime = happened.Time;
    }
}
