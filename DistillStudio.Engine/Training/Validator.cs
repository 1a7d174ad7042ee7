using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Training;

/// <summary>Evaluates the validation rows between steps: records accuracy, losses and samples, and keeps the best weights.</summary>
internal sealed class Validator
{
    /// <summary>Number of rows whose answers are shown at every evaluation.</summary>
    private const int SampleCount = 16;

    private readonly TrainingSession _session;
    private readonly RunFolder _folder;
    private readonly CheckpointStore _checkpoints;
    private readonly RunRecorder _recorder;
    private readonly CollapseDetector _collapse;
    private readonly IReadOnlyList<TrainingRow> _rows;
    private readonly HashSet<int> _sampled;

    /// <param name="from">Checkpoint to resume from; null at the start of a run.</param>
    public Validator(TrainingSession session, RunFolder folder, RunRecorder recorder, RunCheckpoint? from)
    {
        _session = session;
        _folder = folder;
        _checkpoints = new CheckpointStore(folder);
        _recorder = recorder;
        _rows = session.Limit(session.Data.Valid);
        (Step, Best, SinceBest) = (from?.ValidatedStep ?? 0, from?.Best, from?.SinceBest ?? 0);
        _collapse = new CollapseDetector(session.Spec, _rows, from?.Collapse);

        // Depends only on the seed: two runs that differ in method show the same rows.
        _sampled = [.. new SeededRandom((ulong)session.Spec.Seed).Permutation(_rows.Count).Take(SampleCount)];
    }

    /// <summary>The last evaluated step; 0 before the first evaluation.</summary>
    public int Step { get; private set; }

    /// <summary>State of the collapse detector.</summary>
    public CollapseState Collapse => _collapse.State;

    /// <summary>The best weights so far; null until the first evaluation.</summary>
    public BestWeights? Best { get; private set; }

    /// <summary>Evaluations since that of the best weights; 0 until the first one.</summary>
    public int SinceBest { get; private set; }

    /// <summary>True if the run's patience is exhausted.</summary>
    public bool IsPatienceOver => _session.Spec.Patience > 0 && SinceBest >= _session.Spec.Patience;

    /// <summary>Begins the record of right and wrong answers, or truncates it to the last evaluation before the checkpoint.</summary>
    public void Begin()
    {
        if (_folder.IsRecorded && !ValidAnswers.Begin(_folder.Path, _rows, Step))
        {
            _recorder.Log(LogSeverity.Warning, $"The validation rows differ from those of the earlier steps: "
                + $"the record of correct and wrong answers starts over after step {Step}.");
        }
    }

    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public void Validate(int step, CancellationToken stop)
    {
        bool writesAll = _session.Spec.OutputRationale;
        var report = new EvaluationReport(_recorder, step, Dataset.Valid, "current");
        EvaluationResult result = _session.Evaluator.Evaluate(_rows, row => writesAll || _sampled.Contains(row), stop, report.Report);
        EvaluationCompleted evaluation = result.ToEvent(step, Dataset.Valid, "current", ModelDigest.OfWeights(_session.Model));
        if (_folder.IsRecorded)
        {
            ValidAnswers.Append(_folder.Path, step, result.Answers);
        }

        _recorder.Record(evaluation);
        _recorder.Record(new Sampled(step, [.. result.Answers.Where(a => _sampled.Contains(a.Row)).Select(Describe)]));

        foreach (Logged notice in _collapse.Consider(step, result))
        {
            _recorder.Record(notice);
        }

        BestWeights best = BestWeights.Of(Best, evaluation);
        SinceBest = best == Best ? SinceBest + 1 : 0;
        if (best != Best)
        {
            Best = best;
            StoredCheckpoint stored = _checkpoints.SaveBest(Best, _session);
            _recorder.Record(new Checkpointed(step, Path.GetRelativePath(_folder.Path, stored.Path), IsBest: true, stored.Bytes));
        }

        Step = step;
    }

    private Sample Describe(Answer answer)
    {
        TrainingRow row = _rows[answer.Row];
        return new(
            row.Index,
            row.Input,
            row.Truth,
            row.TeacherLabel,
            row.Rationale,
            answer.Label,
            answer.Rationale,
            answer.IsCorrect,
            answer.IsLabelTruncated,
            answer.IsRationaleTruncated);
    }
}
