using System.Collections;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Verification;

/// <summary>
/// Recomputes steps of a run, from its start or a checkpoint, with the evaluations between them, and compares every figure with the
/// record. Writes nothing. Runs on the session's thread.
/// </summary>
/// <param name="session">An open session of the run, at its start.</param>
/// <param name="record">The run's record.</param>
internal sealed class StretchReplay(TrainingSession session, RunRecord record)
{
    private readonly TrainingStep _training = new(session);
    private readonly IReadOnlyList<TrainingRow> _valid = session.Limit(session.Data.Valid);

    /// <summary>Step of the session's weights.</summary>
    public int Position { get; private set; }

    /// <summary>Restores the run's state after a step and compares it with the digest recorded when it was saved.</summary>
    /// <exception cref="Runtime.InputException">The checkpoint does not fit the run.</exception>
    public void Restore(StoredCheckpoint checkpoint, Mismatches mismatches)
    {
        Position = RunCheckpoint.Restore(checkpoint.Path, session).Step;
        if (record.States.TryGetValue(Position, out string? digest))
        {
            mismatches.Compare(PlaceOf(checkpoint), Position, "stateSha256", digest, RunCheckpoint.StateDigest(session), FigureKind.Exact);
        }
    }

    /// <summary>Replays up to a step.</summary>
    /// <param name="to">The last step.</param>
    /// <param name="mismatches">Receives the figures that differ.</param>
    /// <param name="stop">Checked between steps and batches.</param>
    public void Run(int to, Mismatches mismatches, CancellationToken stop)
    {
        while (Position < to)
        {
            stop.ThrowIfCancellationRequested();
            StepOutcome outcome = _training.Take(Position + 1);
            Position++;
            if (record.Steps.TryGetValue(Position, out StepCompleted? step))
            {
                Compare(step, outcome, mismatches);
            }

            if (record.Validations.TryGetValue(Position, out EvaluationCompleted? evaluation))
            {
                Compare(evaluation, mismatches, stop);
            }

            if (record.States.TryGetValue(Position, out string? digest))
            {
                Text("stateSha256", digest, RunCheckpoint.StateDigest(session), mismatches);
            }
        }
    }

    internal static string PlaceOf(StoredCheckpoint checkpoint) => $"checkpoints/{Path.GetFileName(checkpoint.Path)}";

    private void Compare(StepCompleted step, StepOutcome outcome, Mismatches mismatches)
    {
        Number("labelLoss", step.LabelLoss, outcome.Losses.Label, FigureKind.Loss, mismatches);
        Number("rationaleLoss", step.RationaleLoss, outcome.Losses.Rationale, FigureKind.Loss, mismatches);
        Number("loss", step.Loss, outcome.Losses.Objective, FigureKind.Loss, mismatches);
        Number("gradientNorm", step.GradientNorm, outcome.GradientNorm, FigureKind.Rounded, mismatches);
        Number("tokens", step.Tokens, outcome.InputTokens + outcome.TargetTokens, FigureKind.Exact, mismatches);
    }

    private void Compare(EvaluationCompleted evaluation, Mismatches mismatches, CancellationToken stop)
    {
        Sampled? sampled = record.Samples.GetValueOrDefault(evaluation.Step);
        Dictionary<int, Sample> samples = sampled?.Samples.DistinctBy(sample => sample.Row).ToDictionary(sample => sample.Row) ?? [];
        bool writesAll = session.Spec.OutputRationale;
        EvaluationResult result = session.Evaluator.Evaluate(_valid, row => writesAll || samples.ContainsKey(_valid[row].Index), stop);
        Number("valid rows", evaluation.Rows, result.Rows, FigureKind.Exact, mismatches);
        Number("valid correct", evaluation.Correct, result.Correct, FigureKind.Rounded, mismatches);
        Number("valid labelLoss", evaluation.LabelLoss, result.LabelLoss, FigureKind.Loss, mismatches);
        Number("valid rationaleLoss", evaluation.RationaleLoss, result.RationaleLoss, FigureKind.Loss, mismatches);
        Number("valid loss", evaluation.Loss, result.Loss, FigureKind.Loss, mismatches);
        if (evaluation.WeightsSha256 is { } digest)
        {
            Text("weightsSha256", digest, ModelDigest.OfWeights(session.Model), mismatches);
        }

        BitArray? right = record.ValidAnswers.GetValueOrDefault(evaluation.Step);
        foreach (Answer answer in result.Answers)
        {
            TrainingRow row = _valid[answer.Row];
            if (right is not null && answer.Row < right.Count)
            {
                mismatches.Compare(
                    ValidAnswers.FileName, Position, $"row {row.Index}, isCorrect", Spell(right[answer.Row]), Spell(answer.IsCorrect),
                    FigureKind.Rounded);
            }

            if (samples.TryGetValue(row.Index, out Sample? sample))
            {
                Text($"sample of row {row.Index}, input", sample.Input, row.Input, mismatches, FigureKind.Exact);
                Text($"sample of row {row.Index}, truth", sample.Truth, row.Truth, mismatches, FigureKind.Exact);
                Text($"sample of row {row.Index}, label", sample.Label, answer.Label, mismatches);
                Text($"sample of row {row.Index}, rationale", sample.Rationale, answer.Rationale, mismatches);
                Text($"sample of row {row.Index}, isCorrect", Spell(sample.IsCorrect), Spell(answer.IsCorrect), mismatches);
            }
        }
    }

    private void Number(string field, double? recorded, double? found, FigureKind kind, Mismatches mismatches) =>
        mismatches.Compare(RunRecord.EventsPlace, Position, field, recorded, found, kind);

    private void Text(string field, string? recorded, string? found, Mismatches mismatches, FigureKind kind = FigureKind.Rounded) =>
        mismatches.Compare(RunRecord.EventsPlace, Position, field, recorded, found, kind);

    private static string Spell(bool value) => value ? "true" : "false";
}
