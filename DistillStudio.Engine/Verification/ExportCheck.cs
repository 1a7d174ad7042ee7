using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Verification;

/// <summary>Checks the result of a finished run: that the exported weights are those that were tested, and that they give the recorded
/// answers.</summary>
/// <param name="session">An open session of the run.</param>
/// <param name="record">The record of a finished run.</param>
internal sealed class ExportCheck(TrainingSession session, RunRecord record)
{
    private const string Place = "model";

    private readonly IReadOnlyList<TrainingRow> _rows = session.Limit(session.Data.Test);

    /// <summary>Loads the weights and tests them again.</summary>
    /// <param name="modelFolder">The exported model.</param>
    /// <param name="test">The recorded test of these weights.</param>
    /// <param name="mismatches">Receives the figures that differ.</param>
    /// <param name="stop">Checked between batches.</param>
    /// <exception cref="InputException">The model cannot be read.</exception>
    public void Run(string modelFolder, EvaluationCompleted test, Mismatches mismatches, CancellationToken stop)
    {
        using T5 model = session.LoadWeights(modelFolder);
        if (test.WeightsSha256 is { } digest)
        {
            mismatches.Compare(Place, test.Step, "weightsSha256", digest, ModelDigest.OfWeights(model), FigureKind.Exact);
        }

        Dictionary<int, TestAnswer> answers = Recorded();
        EvaluationResult result = session.CreateEvaluator(model).Evaluate(
            _rows, row => answers.GetValueOrDefault(_rows[row].Index)?.Rationale is not null, stop);
        Number("test rows", test.Rows, result.Rows, FigureKind.Exact);
        Number("test correct", test.Correct, result.Correct, FigureKind.Rounded);
        Number("test labelLoss", test.LabelLoss, result.LabelLoss, FigureKind.Loss);
        Number("test rationaleLoss", test.RationaleLoss, result.RationaleLoss, FigureKind.Loss);
        Number("test loss", test.Loss, result.Loss, FigureKind.Loss);
        foreach (Answer found in result.Answers)
        {
            int row = _rows[found.Row].Index;
            if (answers.TryGetValue(row, out TestAnswer? answer))
            {
                Text($"row {row}, label", answer.Label, found.Label);
                Text($"row {row}, rationale", answer.Rationale, found.Rationale);
                double? probability = answer.LabelLogProbability is null ? null : found.LabelLogProbability;
                mismatches.Compare(
                    TestAnswers.FileName, test.Step, $"row {row}, labelLogProbability", answer.LabelLogProbability, probability,
                    FigureKind.Rounded);
                Text($"row {row}, isCorrect", answer.IsCorrect ? "true" : "false", found.IsCorrect ? "true" : "false");
            }
            else if (answers.Count > 0)
            {
                mismatches.Compare(TestAnswers.FileName, test.Step, $"row {row}", "nothing", found.Label, FigureKind.Exact);
            }
        }

        void Number(string field, double? recorded, double? found, FigureKind kind) =>
            mismatches.Compare(RunRecord.EventsPlace, test.Step, field, recorded, found, kind);

        void Text(string field, string? recorded, string? found) =>
            mismatches.Compare(TestAnswers.FileName, test.Step, field, recorded, found, FigureKind.Rounded);
    }

    /// <summary>Returns the recorded answers by row; empty if they cannot be read, which <see cref="RecordChecks"/> reports.</summary>
    private Dictionary<int, TestAnswer> Recorded()
    {
        try
        {
            return TestAnswers.Read(record.Folder.Path).ToDictionary(answer => answer.Row);
        }
        catch (InputException)
        {
            return [];
        }
    }
}
