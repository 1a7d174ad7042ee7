using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>Builds downsampled curves from a run's rows.</summary>
internal static class SeriesBuilder
{
    /// <param name="chunks">All steps of the run, in order.</param>
    /// <param name="evaluations">All evaluations of the run, in order; only required for evaluation metrics.</param>
    public static IReadOnlyList<Curve> Build(
        IReadOnlyList<StepChunk> chunks, IReadOnlyList<EvaluationCompleted> evaluations, SeriesRequest request)
    {
        Axis axis = request.Axis ?? Axis.Step;
        var rows = new Lazy<double[]>(() => Gather(chunks, axis.Column));
        var steps = new Lazy<double[]>(() => Gather(chunks, StepColumn.Step));
        EvaluationCompleted[] valid = [.. evaluations.Where(EvaluationMetric.IsPoint)];
        double[] evaluatedAt =
            [.. valid.Select(evaluation => axis == Axis.Step ? evaluation.Step : AtStep(evaluation.Step, steps.Value, rows.Value))];
        var validSteps = new Lazy<double[]>(() => [.. valid.Select(evaluation => (double)evaluation.Step)]);
        return
        [
            .. request.Metrics.Select(metric => metric switch
            {
                StepMetric ofSteps => Downsample(metric, rows.Value, Values(chunks, ofSteps), steps, request),
                EvaluationMetric ofEvaluations => Downsample(metric, evaluatedAt, Values(valid, ofEvaluations), validSteps, request),
                _ => throw new ArgumentException($"{metric} is neither of steps nor of evaluations.", nameof(request)),
            }),
        ];
    }

    private static Curve Downsample(Metric metric, double[] x, double[] y, Lazy<double[]> steps, SeriesRequest request)
    {
        // x ascends, so the range is one slice.
        int from = request.From is { } lowest ? FirstAtLeast(x, lowest) : 0;
        int to = request.To is { } highest ? FirstAbove(x, highest) : x.Length;
        List<double> xs = [], ys = [];
        List<int> places = [];
        for (int i = from; i < to; i++)
        {
            if (!StepChunk.IsMissing(y[i]))
            {
                xs.Add(x[i]);
                ys.Add(y[i]);
                places.Add(i);
            }
        }

        IReadOnlyList<int> kept = Downsampling.KeepExtremes([.. ys], Math.Max(Downsampling.LeastPoints, request.MaxPoints));
        (double?[] Curve, DebiasedAverage Last)? smooth =
            metric.IsSmoothed && request.Smoothing > 0 ? Smooth(y, request.Smoothing, from, to) : null;
        return new Curve(
            metric,
            [.. kept.Select(i => xs[i])],
            [.. kept.Select(i => double.IsFinite(ys[i]) ? ys[i] : (double?)null)],
            ys.Count,
            smooth is null ? null : [.. kept.Select(i => smooth.Value.Curve[i])])
        {
            Average = smooth?.Last ?? default,
            Steps = (request.Axis ?? Axis.Step) == Axis.Step ? [] : [.. kept.Select(i => steps.Value[places[i]])],
        };
    }

    /// <summary>Returns the running average, over all points from the first, at the points in the range that are not missing.</summary>
    private static (double?[] Curve, DebiasedAverage Last) Smooth(double[] y, double weight, int from, int to)
    {
        var smooth = new List<double?>(to - from);
        var average = default(DebiasedAverage);
        for (int i = 0; i < to; i++)
        {
            average = average.Next(y[i], weight);
            if (i >= from && !StepChunk.IsMissing(y[i]))
            {
                smooth.Add(double.IsFinite(y[i]) ? average.Value : null);
            }
        }

        return ([.. smooth], average);
    }

    private static double[] Values(IReadOnlyList<StepChunk> chunks, StepMetric metric)
    {
        double[] values = Gather(chunks, metric.Column);
        if (!metric.IsPerSecond && !metric.IsRunningTotal)
        {
            return values;
        }

        double[] seconds = Gather(chunks, StepColumn.Seconds);
        double before = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double value = values[i];
            values[i] = metric.Value(value, before, seconds[i]) ?? StepChunk.Missing;
            before = value;
        }

        return values;
    }

    private static double[] Values(IReadOnlyList<EvaluationCompleted> evaluations, EvaluationMetric metric) =>
        [.. evaluations.Select(evaluation => metric.Column.Read(evaluation) ?? StepChunk.Missing)];

    private static double[] Gather(IReadOnlyList<StepChunk> chunks, StepColumn column)
    {
        double[] values = new double[chunks.Sum(chunk => chunk.Count)];
        int at = 0;
        foreach (StepChunk chunk in chunks)
        {
            chunk[column].CopyTo(values.AsSpan(at));
            at += chunk.Count;
        }

        return values;
    }

    /// <summary>Returns the run's axis value after the given number of steps.</summary>
    private static double AtStep(int step, double[] steps, double[] axis)
    {
        int next = FirstAbove(steps, step);
        return next == 0 ? 0 : axis[next - 1];
    }

    private static int FirstAtLeast(double[] ascending, double value) => FirstWhere(ascending, x => x >= value);

    private static int FirstAbove(double[] ascending, double value) => FirstWhere(ascending, x => x > value);

    private static int FirstWhere(double[] ascending, Func<double, bool> isReached)
    {
        int low = 0, high = ascending.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = isReached(ascending[middle]) ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
