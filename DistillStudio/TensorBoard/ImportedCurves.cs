using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.TensorBoard;

/// <summary>Curves read from the event files of one run of another program, as the events of a run.</summary>
internal sealed class ImportedCurves
{
    private const int MostTags = 10_000;
    private const int MostNamed = 8;

    private readonly Dictionary<string, SortedDictionary<int, Scalar>> _points = new(StringComparer.Ordinal);

    private ImportedCurves()
    {
    }

    /// <summary>Step of the last point.</summary>
    public int LastStep => _points.Values.Max(points => points.Keys.Last());

    public bool HasRationales =>
        Chosen().Any(curve => curve.Tag.Metric == Metric.RationaleLoss || curve.Tag.Metric == Metric.ValidRationaleLoss);

    /// <summary>Reads the files of a run, whose later points replace earlier ones of the same step.</summary>
    /// <param name="files">In the order in which they were written.</param>
    /// <param name="stop">Checked while reading.</param>
    /// <returns>Null if no tag is a known curve.</returns>
    /// <exception cref="InputException">A file cannot be read, or is damaged.</exception>
    public static ImportedCurves? Read(IEnumerable<string> files, CancellationToken stop)
    {
        var curves = new ImportedCurves();
        foreach (string file in files)
        {
            foreach (ScalarRecord record in ScalarEvents.Read(file, stop))
            {
                curves.Add(file, record);
            }
        }

        return curves.Chosen().Any(curve => curve.Tag.Metric is not null) ? curves : null;
    }

    /// <summary>Returns the events, in order and numbered: the points, remarks on them, and an end.</summary>
    public IReadOnlyList<RunEvent> ToEvents()
    {
        (string Name, CurveTag Tag)[] chosen = [.. Chosen()];
        var steps = new SortedDictionary<int, StepCompleted>();
        var evaluations = new SortedDictionary<int, EvaluationCompleted>();
        double percent = IsPercent(chosen) ? 0.01 : 1;
        foreach ((string name, CurveTag tag) in chosen.OrderBy(curve => curve.Tag.Metric is null)) // the epoch joins steps that are there
        {
            foreach (Scalar point in _points[name].Values)
            {
                int at = (int)point.Step;
                if (tag.Metric is EvaluationMetric metric)
                {
                    evaluations[at] = With(evaluations.GetValueOrDefault(at)
                        ?? NoEvaluation(at, point), metric, point.Value * (metric == Metric.ValidAccuracy ? percent : 1));
                }
                else if (tag.Metric is not null || steps.ContainsKey(at))
                {
                    steps[at] = With(steps.GetValueOrDefault(at) ?? NoStep(at, point), tag.Metric, point.Value);
                }
            }
        }

        IEnumerable<RunEvent> points = steps.Values.Select(step => (step.Step, Place: 0, (RunEvent)step))
            .Concat(evaluations.Values.Select(look => (look.Step, Place: 1, (RunEvent)look)))
            .OrderBy(each => (each.Step, each.Place)).Select(each => each.Item3);
        return Numbered([.. points, .. Remarks(chosen, percent < 1),
            new Finished(LastStep, null, null, null, null, "", 0)]);
    }

    /// <summary>Returns the tag of each curve; of several for the same curve, that of validation rows, then the first.</summary>
    private IEnumerable<(string Name, CurveTag Tag)> Chosen() => _points.Keys
        .Select(name => (Name: name, Tag: CurveTag.Of(name)))
        .Where(curve => curve.Tag is not null)
        .Select(curve => (curve.Name, Tag: curve.Tag!))
        .GroupBy(curve => curve.Tag.Metric?.Name)
        .Select(same => same.OrderBy(curve => curve.Tag.IsOfTest).First());

    private IEnumerable<Logged> Remarks((string Name, CurveTag Tag)[] chosen, bool isPercent)
    {
        if (chosen.Any(curve => curve.Tag.IsOfTest))
        {
            yield return new(
                LogSeverity.Warning,
                $"The curves of {string.Join(" and ", chosen.Where(curve => curve.Tag.IsOfTest).Select(curve => curve.Name))} were "
                    + $"measured on the test rows during training; the studio's own curves are of validation rows.");
        }

        if (isPercent)
        {
            yield return new(LogSeverity.Information, "The accuracies are percentages in the files, and are shown as such.");
        }

        string[] others = [.. _points.Keys.Except(chosen.Select(curve => curve.Name)).Order(StringComparer.Ordinal)];
        if (others.Length > 0)
        {
            string more = others.Length > MostNamed ? $" and {Format.Count(others.Length - MostNamed)} more" : "";
            yield return new(LogSeverity.Information, $"Not shown: {string.Join(", ", others.Take(MostNamed))}{more}.");
        }
    }

    /// <summary>Returns true if accuracies go beyond 1.</summary>
    private bool IsPercent((string Name, CurveTag Tag)[] chosen) => chosen
        .Where(curve => curve.Tag.Metric == Metric.ValidAccuracy).Any(curve => _points[curve.Name].Values.Any(point => point.Value > 1));

    private void Add(string file, ScalarRecord record)
    {
        if (record.RestartsAt is { } restart)
        {
            foreach (SortedDictionary<int, Scalar> points in _points.Values)
            {
                points.Keys.Where(step => step >= restart).ToList().ForEach(step => points.Remove(step));
            }
        }

        foreach (Scalar point in record.Scalars)
        {
            if (point.Step is < 0 or > int.MaxValue)
            {
                throw new InputException($"{file} has a point of {point.Tag} at step {point.Step}, which is not a valid step.");
            }

            if (!_points.TryGetValue(point.Tag, out SortedDictionary<int, Scalar>? points))
            {
                _points[point.Tag] = points = _points.Count < MostTags ? []
                    : throw new InputException($"{file} has more than {MostTags:N0} tags; name the files of one run.");
            }

            points[(int)point.Step] = point;
        }
    }

    private static StepCompleted NoStep(int step, Scalar point) => new()
    {
        Step = step,
        Time = TimeOf(point),
        LabelLoss = double.NaN,
        RationaleLoss = null,
        Loss = double.NaN,
        LearningRate = double.NaN,
        GradientNorm = double.NaN,
        Examples = 0,
        Epoch = double.NaN,
        Seconds = double.NaN,
        Tokens = 0,
        MemoryBytes = 0,
        IsPartial = true,
    };

    private static EvaluationCompleted NoEvaluation(int step, Scalar point) => new()
    {
        Step = step,
        Time = TimeOf(point),
        Split = Dataset.Valid,
        Weights = "current",
        Accuracy = double.NaN,
        Correct = 0,
        Rows = 0,
        LabelLoss = double.NaN,
        RationaleLoss = null,
        Loss = double.NaN,
        Seconds = double.NaN,
        IsPartial = true,
    };

    private static StepCompleted With(StepCompleted step, Metric? metric, double value) => metric switch
    {
        null => step with { Epoch = value },
        _ when metric == Metric.LabelLoss => step with { LabelLoss = value },
        _ when metric == Metric.RationaleLoss => step with { RationaleLoss = value },
        _ when metric == Metric.Loss => step with { Loss = value },
        _ when metric == Metric.LearningRate => step with { LearningRate = value },
        _ => step with { GradientNorm = value },
    };

    private static EvaluationCompleted With(EvaluationCompleted look, EvaluationMetric metric, double value) => metric switch
    {
        _ when metric == Metric.ValidAccuracy => look with { Accuracy = value },
        _ when metric == Metric.ValidLabelLoss => look with { LabelLoss = value },
        _ when metric == Metric.ValidRationaleLoss => look with { RationaleLoss = value },
        _ => look with { Loss = value },
    };

    private static DateTimeOffset TimeOf(Scalar point) =>
        point.WallTime is >= 0 and < 1e11 ? DateTimeOffset.UnixEpoch.AddSeconds(point.WallTime) : DateTimeOffset.UnixEpoch;

    /// <summary>Numbers the events from 1, and makes their times non-decreasing.</summary>
    private static RunEvent[] Numbered(RunEvent[] events)
    {
        DateTimeOffset last = DateTimeOffset.UnixEpoch;
        for (int i = 0; i < events.Length; i++)
        {
            last = events[i].Time > last ? events[i].Time : last;
            events[i] = events[i] with { Number = i + 1, Time = last };
        }

        return events;
    }
}
