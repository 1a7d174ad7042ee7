using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Distinguishes a collapsed model from one that learns slowly. Gives a notice and never stops the run. Accuracy 0 in the first hundreds
/// of steps is normal and does not trigger it, since those answers are not the most common truth.
/// </summary>
internal sealed class CollapseDetector
{
    /// <summary>Number of consecutive flat evaluations that indicate a collapse.</summary>
    private const int FlatEvaluations = 2;

    /// <summary>Fraction of the answers from which all of them count as equal.</summary>
    private const double NearlyAll = 0.95;

    /// <summary>Number of consecutive rises of the validation loss that trigger a notice.</summary>
    private const int Rises = 4;

    private readonly RunSpec _spec;
    private readonly string _commonest;
    private readonly bool _isVaried;

    /// <param name="spec">The run's settings.</param>
    /// <param name="rows">The validation rows evaluated each time.</param>
    /// <param name="from">State to resume from; null at the start of a run.</param>
    public CollapseDetector(RunSpec spec, IReadOnlyList<TrainingRow> rows, CollapseState? from)
    {
        _spec = spec;
        State = from ?? CollapseState.Start;
        (string truth, int count) = rows.CountBy(row => row.Truth).Select(pair => (pair.Key, pair.Value))
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).First();
        _commonest = truth;
        _isVaried = count < NearlyAll * rows.Count; // if nearly all rows share one truth, answering it is correct
    }

    public CollapseState State { get; private set; }

    /// <summary>Returns the notices before the first step.</summary>
    public static IEnumerable<string> OnTargets(TrainingData data)
    {
        if (data.Train.All(row => string.IsNullOrWhiteSpace(row.Label)))
        {
            yield return $"All {data.Train.Count} training labels are blank: the student learns to write nothing; "
                + $"check {SettingsTable.LabelSource.Flag} and {SettingsTable.Teacher.Flag}.";
        }
    }

    /// <summary>Returns the notices after an evaluation on validation; each is given once while its condition lasts.</summary>
    public IEnumerable<Logged> Consider(int step, EvaluationResult result)
    {
        double share = (double)result.Answers.Count(answer => answer.Label == _commonest) / result.Rows;
        EvaluationPoint[] evaluations = [.. State.Evaluations.TakeLast(Rises), new(step, result.Loss, share)];
        bool isFlat = _isVaried && step >= _spec.MaxSteps / 3.0 && evaluations.Length >= FlatEvaluations
            && evaluations[^FlatEvaluations..].All(evaluation => evaluation.CommonShare >= NearlyAll);
        bool isRising = evaluations.Length > Rises && evaluations.Zip(evaluations.Skip(1)).All(pair => pair.Second.Loss > pair.First.Loss);
        CollapseState before = State;
        State = new(evaluations, isFlat, isRising);
        if (isFlat && !before.IsFlatReported)
        {
            string notice = string.Create(
                CultureInfo.InvariantCulture,
                $"At step {step} the student gives the most common answer, {Quote(_commonest)}, to {100 * share:0} % of the validation "
                    + $"rows, and accuracy stays flat: it may have collapsed; look at the samples and try a lower learning rate (--lr).");
            yield return new(LogSeverity.Warning, notice, IsCollapse: true);
        }

        if (isRising && !before.IsRisingReported)
        {
            string notice = string.Create(CultureInfo.InvariantCulture, $"Validation loss has risen at {Rises} evaluations in a row, "
                + $"from {evaluations[0].Loss:0.000} at step {evaluations[0].Step} to {evaluations[^1].Loss:0.000} at step {step}: "
                + $"the student may be overfitting; the best weights so far are kept.");
            yield return new(LogSeverity.Warning, notice);
        }
    }

    private static string Quote(string text) => $"\"{(text.Length > 40 ? text[..40] + "…" : text)}\"";
}
