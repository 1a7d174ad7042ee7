using DistillStudio.Engine.Data;
using DistillStudio.Engine.Training;
using DistillStudio.History;

namespace DistillStudio.Components.Charts;

/// <summary>Turns a run's events into points that continue the curves drawn from its history.</summary>
public sealed class LiveCurves
{
    private readonly string _runId;
    private readonly Axis _axis;
    private readonly double _weight;
    private readonly Dictionary<Metric, double?> _averages = [];
    private double _elapsed;
    private DateTimeOffset? _lastTime;
    private double _x;
    private long _examples;
    private long _lastNumber;

    /// <param name="run">As it was when the curves were read.</param>
    /// <param name="curves">The curves drawn.</param>
    /// <param name="view">How they were drawn.</param>
    /// <param name="lastNumber">The last event in them.</param>
    public LiveCurves(RunSummary run, IReadOnlyList<Curve> curves, ChartView view, long lastNumber)
    {
        _lastNumber = lastNumber;
        _runId = run.Id;
        _axis = view.Axis;
        _weight = view.Smoothing;
        _elapsed = run.Elapsed;
        _lastTime = run.LastTime;
        _examples = run.Examples;
        foreach (Curve curve in curves)
        {
            _x = curve.X.Count > 0 ? Math.Max(_x, curve.X[^1]) : _x;
            _averages[curve.Metric] = curve.Smooth?.LastOrDefault(y => y is not null);
        }
    }

    /// <summary>A curve's name within a figure.</summary>
    public static string Key(string runId, Metric metric) => $"{runId}|{metric}";

    /// <summary>The points of these events, one delta a curve; what was drawn before is passed over.</summary>
    public IReadOnlyList<ChartDelta> Append(IReadOnlyList<RunEvent> events)
    {
        var points = new Dictionary<Metric, (List<double> X, List<double?> Y, List<double?> Smooth)>();
        foreach (RunEvent happened in events.Where(e => e.Number > _lastNumber))
        {
            _lastNumber = happened.Number;
            PassTime(happened);
            switch (happened)
            {
                case Progressed step:
                    _x = XOf(step);
                    AddStep(step);
                    break;
                case Evaluated { Split: Dataset.Valid } look:
                    Add(Metric.ValidLabelLoss, look.LabelLoss);
                    Add(Metric.ValidRationaleLoss, look.RationaleLoss);
                    Add(Metric.ValidLoss, look.Loss);
                    Add(Metric.ValidAccuracy, look.Accuracy);
                    break;
            }
        }

        return [.. points.Select(p => new ChartDelta(Key(_runId, p.Key), p.Value.X, p.Value.Y, p.Value.Smooth))];

        void AddStep(Progressed step)
        {
            Add(Metric.LabelLoss, step.LabelLoss);
            Add(Metric.RationaleLoss, step.RationaleLoss);
            Add(Metric.Loss, step.Loss);
            Add(Metric.LearningRate, step.LearningRate);
            Add(Metric.GradientNorm, step.GradientNorm);
            Add(Metric.TokensPerSecond, step.Seconds > 0 ? step.Tokens / step.Seconds : null);
            Add(Metric.ExamplesPerSecond, step.Seconds > 0 ? (step.Examples - _examples) / step.Seconds : null);
            Add(Metric.StepSeconds, step.Seconds);
            Add(Metric.MemoryBytes, step.MemoryBytes);
            Add(Metric.CpuCores, step.CpuCores);
            Add(Metric.GpuUse, step.GpuUse);
            _examples = step.Examples;
        }

        void Add(Metric metric, double? value)
        {
            if (value is null)
            {
                return; // the run has no such figure
            }

            double? y = double.IsFinite(value.Value) ? value : null;
            if (!points.TryGetValue(metric, out (List<double> X, List<double?> Y, List<double?> Smooth) curve))
            {
                points[metric] = curve = ([], [], []);
            }

            curve.X.Add(_x);
            curve.Y.Add(y);
            curve.Smooth.Add(Average(metric, y));
        }
    }

    private double? Average(Metric metric, double? y)
    {
        double? before = _averages.GetValueOrDefault(metric);
        _averages[metric] = y is null ? before : before is null ? y : (_weight * before) + ((1 - _weight) * y);
        return y is null ? null : _averages[metric];
    }

    private double XOf(Progressed step) => _axis switch
    {
        Axis.Step => step.Step,
        Axis.Epoch => step.Epoch,
        Axis.Examples => step.Examples,
        _ => _elapsed,
    };

    /// <summary>As the history counts it: pauses and interruptions are left out.</summary>
    private void PassTime(RunEvent happened)
    {
        _elapsed += RunFold.SecondsSince(_lastTime, happened);
        _lastTime = happened.Time;
    }
}
