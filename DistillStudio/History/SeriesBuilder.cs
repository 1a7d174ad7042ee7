using System.Runtime.CompilerServices;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>
/// Builds downsampled curves from a run's rows. Loops over every step are fully optimised at their first call: the curves of long runs
/// are often the first that a process draws.
/// </summary>
internal static class SeriesBuilder
{
    /// <summary>Weight in a smoothed value below which an earlier one no longer shows in a number of double precision.</summary>
    private const double Forgotten = 1e-17;

    /// <summary>Returns the parts of the chunks that the curves need.</summary>
    public static StepParts PartsOf(SeriesRequest request)
    {
        StepMetric[] metrics = [.. request.Metrics.OfType<StepMetric>()];
        List<StepColumn> columns = [StepColumn.Step, (request.Axis ?? Axis.Step).Column, .. metrics.Select(metric => metric.Column)];
        if (metrics.Any(metric => metric.IsPerSecond || metric.IsRunningTotal))
        {
            columns.Add(StepColumn.Seconds);
        }

        return columns.Parts();
    }

    /// <param name="chunks">All steps of the run, in order.</param>
    /// <param name="evaluations">All evaluations of the run, in order; only required for evaluation metrics.</param>
    public static IReadOnlyList<Curve> Build(
        IReadOnlyList<StepChunk> chunks, IReadOnlyList<EvaluationCompleted> evaluations, SeriesRequest request)
    {
        Axis axis = request.Axis ?? Axis.Step;
        chunks = Narrow(chunks, axis.Column, request);
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
        int to = Math.Max(from, request.To is { } highest ? FirstAbove(x, highest) : x.Length);
        ReadOnlySpan<double> inRange = y.AsSpan(from, to - from);
        int[]? present = HasMissing(inRange) ? Present(inRange) : null;
        double[] values = present is null ? [] : [.. present.Select(i => y[from + i])];
        ReadOnlySpan<double> kept = present is null ? inRange : values;
        int[] places =
        [
            .. Downsampling.KeepExtremes(kept, Math.Max(Downsampling.LeastPoints, request.MaxPoints))
                .Select(i => from + (present is null ? i : present[i])),
        ];
        (double?[] Curve, DebiasedAverage Last)? smooth =
            metric.IsSmoothed && request.Smoothing > 0 ? Smooth(y.AsSpan(0, to), request.Smoothing, places) : null;
        return new Curve(
            metric,
            [.. places.Select(i => x[i])],
            [.. places.Select(i => double.IsFinite(y[i]) ? y[i] : (double?)null)],
            kept.Length,
            smooth?.Curve)
        {
            Average = smooth?.Last ?? default,
            Steps = (request.Axis ?? Axis.Step) == Axis.Step ? [] : [.. places.Select(i => steps.Value[i])],
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool HasMissing(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (StepChunk.IsMissing(value))
            {
                return true;
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Present(ReadOnlySpan<double> values)
    {
        var present = new List<int>(values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            if (!StepChunk.IsMissing(values[i]))
            {
                present.Add(i);
            }
        }

        return [.. present];
    }

    /// <summary>Returns the running average over all points at some of them, and after the last.</summary>
    /// <param name="places">Indices into <paramref name="y"/>, ascending.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double?[] Curve, DebiasedAverage Last) Smooth(ReadOnlySpan<double> y, double weight, int[] places)
    {
        double?[] smooth = new double?[places.Length];
        var average = default(DebiasedAverage);
        int next = 0;
        for (int i = 0; i < y.Length; i++)
        {
            average = average.Next(y[i], weight);
            if (next < places.Length && places[next] == i)
            {
                smooth[next++] = double.IsFinite(y[i]) ? average.Value : null;
            }
        }

        return (smooth, average);
    }

    /// <summary>
    /// Returns the chunks that the range needs: those in it, one more at each end, and before them those that still count in a smoothed
    /// value.
    /// </summary>
    private static IReadOnlyList<StepChunk> Narrow(IReadOnlyList<StepChunk> chunks, StepColumn column, SeriesRequest request)
    {
        int first = 0, end = chunks.Count;
        if (request.From is { } lowest)
        {
            double steps = request.Smoothing > 0 ? Math.Log(Forgotten) / Math.Log(request.Smoothing) : 0;
            int earlier = 1 + (int)Math.Ceiling(steps / StepChunk.Capacity);
            first = Math.Max(0, Search(chunks.Count, i => chunks[i][column] is [.., var last] && last >= lowest) - earlier);
        }

        if (request.To is { } highest)
        {
            end = Math.Min(chunks.Count, Search(chunks.Count, i => chunks[i][column] is [var start, ..] && start > highest) + 1);
        }

        return first == 0 && end == chunks.Count ? chunks : [.. chunks.Skip(first).Take(end - first)];
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

    private static int FirstWhere(double[] ascending, Func<double, bool> isReached) =>
        Search(ascending.Length, i => isReached(ascending[i]));

    /// <summary>Returns the first index from which on the condition holds, by binary search; the count if it never does.</summary>
    private static int Search(int count, Func<int, bool> holds)
    {
        int low = 0, high = count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = holds(middle) ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
