using DistillStudio.Engine.Data;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>Makes thinned curves of a run's rows.</summary>
internal static class SeriesBuilder
{
    public static bool IsOfEvaluation(Metric metric) => metric >= Metric.ValidLabelLoss;

    /// <param name="chunks">All steps of the run, in order.</param>
    /// <param name="looks">All evaluations of the run, in order; only needed for metrics of evaluations.</param>
    public static IReadOnlyList<Curve> Build(IReadOnlyList<StepChunk> chunks, IReadOnlyList<Evaluated> looks, SeriesRequest request)
    {
        var rows = new Lazy<double[]>(() => Gather(chunks, ColumnOf(request.Axis)));
        var steps = new Lazy<double[]>(() => Gather(chunks, StepColumn.Step));
        Evaluated[] valid = [.. looks.Where(look => look.Split == Dataset.Valid)];
        double[] looksAt = [.. valid.Select(look => request.Axis == Axis.Step ? look.Step : AtStep(look.Step, steps.Value, rows.Value))];
        return
        [
            .. request.Metrics.Select(metric => IsOfEvaluation(metric)
                ? Thin(metric, looksAt, [.. valid.Select(look => ValueOf(metric, look))], request)
                : Thin(metric, rows.Value, Values(chunks, metric), request)),
        ];
    }

    private static Curve Thin(Metric metric, double[] x, double[] y, SeriesRequest request)
    {
        // x ascends, so the range is one slice.
        int from = request.From is { } lowest ? FirstAtLeast(x, lowest) : 0;
        int to = request.To is { } highest ? FirstAbove(x, highest) : x.Length;
        List<double> xs = [], ys = [];
        for (int i = from; i < to; i++)
        {
            if (!StepChunk.IsMissing(y[i]))
            {
                xs.Add(x[i]);
                ys.Add(y[i]);
            }
        }

        IReadOnlyList<int> kept = Thinning.KeepExtremes([.. ys], Math.Max(Thinning.LeastPoints, request.MaxPoints));
        double?[]? smooth = request.Smoothing > 0 ? Smooth(y, request.Smoothing, from, to) : null;
        return new Curve(
            metric,
            [.. kept.Select(i => xs[i])],
            [.. kept.Select(i => double.IsFinite(ys[i]) ? ys[i] : (double?)null)],
            ys.Count,
            smooth is null ? null : [.. kept.Select(i => smooth[i])]);
    }

    /// <summary>The average over all points from the first, of those in the range that are not missing.</summary>
    private static double?[] Smooth(double[] y, double weight, int from, int to)
    {
        var smooth = new List<double?>(to - from);
        double? average = null;
        for (int i = 0; i < to; i++)
        {
            bool isFinite = double.IsFinite(y[i]);
            average = !isFinite ? average : average is null ? y[i] : (weight * average) + ((1 - weight) * y[i]);
            if (i >= from && !StepChunk.IsMissing(y[i]))
            {
                smooth.Add(isFinite ? average : null);
            }
        }

        return [.. smooth];
    }

    private static double[] Values(IReadOnlyList<StepChunk> chunks, Metric metric) => metric switch
    {
        Metric.LabelLoss => Gather(chunks, StepColumn.LabelLoss),
        Metric.RationaleLoss => Gather(chunks, StepColumn.RationaleLoss),
        Metric.Loss => Gather(chunks, StepColumn.Loss),
        Metric.LearningRate => Gather(chunks, StepColumn.LearningRate),
        Metric.GradientNorm => Gather(chunks, StepColumn.GradientNorm),
        Metric.StepSeconds => Gather(chunks, StepColumn.Seconds),
        Metric.MemoryBytes => Gather(chunks, StepColumn.MemoryBytes),
        Metric.CpuCores => Gather(chunks, StepColumn.CpuCores),
        Metric.GpuUse => Gather(chunks, StepColumn.GpuUse),
        Metric.TokensPerSecond => PerSecond(chunks, Gather(chunks, StepColumn.Tokens)),
        Metric.ExamplesPerSecond => PerSecond(chunks, Differences(Gather(chunks, StepColumn.Examples))),
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "Not a metric of steps."),
    };

    private static double ValueOf(Metric metric, Evaluated look) => metric switch
    {
        Metric.ValidLabelLoss => look.LabelLoss,
        Metric.ValidRationaleLoss => look.RationaleLoss ?? StepChunk.Missing,
        Metric.ValidLoss => look.Loss,
        Metric.ValidAccuracy => look.Accuracy,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "Not a metric of evaluations."),
    };

    private static StepColumn ColumnOf(Axis axis) => axis switch
    {
        Axis.Step => StepColumn.Step,
        Axis.Epoch => StepColumn.Epoch,
        Axis.Examples => StepColumn.Examples,
        Axis.Seconds => StepColumn.Elapsed,
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "Not an axis."),
    };

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

    private static double[] PerSecond(IReadOnlyList<StepChunk> chunks, double[] amounts)
    {
        double[] seconds = Gather(chunks, StepColumn.Seconds);
        return [.. amounts.Select((amount, i) => seconds[i] > 0 ? amount / seconds[i] : StepChunk.Missing)];
    }

    private static double[] Differences(double[] totals) => [.. totals.Select((total, i) => i == 0 ? total : total - totals[i - 1])];

    /// <summary>Where the run stood on the axis when it had done that many steps.</summary>
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
