using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>What is remembered of a look at validation.</summary>
/// <param name="Loss">The recipe's weighted sum.</param>
/// <param name="CommonShare">Share of the answers that are the commonest truth, in [0, 1].</param>
public sealed record LookBack(int Step, double Loss, double CommonShare);

/// <summary>The last looks, and what was said already: goes into a checkpoint, so that a resumed run says the same.</summary>
public sealed record CollapseState(IReadOnlyList<LookBack> Looks, bool IsFlatTold, bool IsRisingTold)
{
    public static CollapseState Start { get; } = new([], false, false);
}

/// <summary>
/// Tells a model that has given up from one that is slow to start: a notice, never a stop. Accuracy 0 in the first hundreds of steps is normal and
/// looks otherwise, for its answers are not the commonest truth.
/// </summary>
internal sealed class CollapseDetector
{
    /// <summary>Consecutive looks, all flat.</summary>
    private const int FlatLooks = 2;

    /// <summary>Share of the answers from which all count as one.</summary>
    private const double NearlyAll = 0.95;

    /// <summary>Consecutive rises of the validation loss.</summary>
    private const int Rises = 4;

    private readonly RunSpec _spec;
    private readonly string _commonest;
    private readonly bool _isVaried;

    /// <param name="spec">The run's.</param>
    /// <param name="rows">Looked at each time.</param>
    /// <param name="from">Where the run goes on from; null at its beginning.</param>
    public CollapseDetector(RunSpec spec, IReadOnlyList<TrainingRow> rows, CollapseState? from)
    {
        _spec = spec;
        State = from ?? CollapseState.Start;
        (string truth, int count) = rows.CountBy(row => row.Truth).Select(pair => (pair.Key, pair.Value)).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).First();
        _commonest = truth;
        _isVaried = count < NearlyAll * rows.Count; // where nearly all rows have one truth, to answer it is right
    }

    public CollapseState State { get; private set; }

    /// <summary>Notices before the first step.</summary>
    public static IEnumerable<string> OnTargets(TrainingData data)
    {
        if (data.Train.All(row => string.IsNullOrWhiteSpace(row.Label)))
        {
            yield return $"All {data.Train.Count} training labels are blank: the student learns to say nothing; look at {SettingsTable.LabelSource.Flag} and {SettingsTable.Teacher.Flag}.";
        }
    }

    /// <summary>Notices after a look at validation; each is told once while it lasts.</summary>
    public IEnumerable<string> Consider(int step, EvaluationResult result)
    {
        double share = (double)result.Answers.Count(answer => answer.Label == _commonest) / result.Rows;
        LookBack[] looks = [.. State.Looks.TakeLast(Rises), new(step, result.Loss, share)];
        bool isFlat = _isVaried && step >= _spec.MaxSteps / 3.0 && looks.Length >= FlatLooks && looks[^FlatLooks..].All(look => look.CommonShare >= NearlyAll);
        bool isRising = looks.Length > Rises && looks.Zip(looks.Skip(1)).All(pair => pair.Second.Loss > pair.First.Loss);
        CollapseState before = State;
        State = new(looks, isFlat, isRising);
        if (isFlat && !before.IsFlatTold)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"At step {step} the student gives the commonest answer, {Quote(_commonest)}, to {100 * share:0} % of the validation rows, and accuracy stays flat: it may have collapsed; look at the samples and try a lower --lr.");
        }

        if (isRising && !before.IsRisingTold)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Validation loss has risen at {Rises} evaluations in a row, from {looks[0].Loss:0.000} at step {looks[0].Step} to {looks[^1].Loss:0.000} at step {step}: the student may be learning its rows by heart; the best weights so far are kept.");
        }
    }

    private static string Quote(string text) => $"\"{(text.Length > 40 ? text[..40] + "…" : text)}\"";
}
