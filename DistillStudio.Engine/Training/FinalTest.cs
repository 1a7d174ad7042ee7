using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>Completes a run: tests the last and the best weights, exports one of them, and writes its answers.</summary>
internal sealed class FinalTest(TrainingSession session, RunFolder folder, RunRecorder recorder, string modelFolder)
{
    private readonly IReadOnlyList<TrainingRow> _rows = session.Limit(session.Data.Test);

    public Finished Run(int step, BestWeights? best, Func<TimeSpan> trained, CancellationToken stop)
    {
        EvaluationResult last = Test(session.Evaluator, session.Model, step, "last", stop);
        EvaluationResult? atBest = null;
        string settings = JsonSerializer.Serialize(session.Spec, EngineJson.Spec);
        bool keepsBest = session.Spec.Keep == KeepModel.Best && best is not null;
        if (best is not null && best.Step < step)
        {
            session.Graphs?.Release(); // makes room on the GPU: the last weights are only exported from now on
            using T5 model = session.LoadWeights(new CheckpointStore(folder).BestPath(best.Step));
            atBest = Test(session.CreateEvaluator(model), model, best.Step, "best", stop);
            Export(step, keepsBest ? model : session.Model, settings);
        }
        else
        {
            atBest = best is null ? null : last;
            Export(step, session.Model, settings);
        }

        (EvaluationResult exported, EvaluationResult? other) = keepsBest ? (atBest!, last) : (last, atBest);
        KeepModel which = keepsBest ? KeepModel.Best : KeepModel.Last;
        TestAnswers.Write(folder.Path, _rows, exported.Answers, which, ReferenceEquals(other, exported) ? null : other?.Answers);

        TestResult? testBest = atBest is null ? null : Result(atBest, best!.Step);
        TestResult testLast = Result(last, step);
        var finished = new Finished(
            step, keepsBest ? testBest : testLast, testBest, testLast, best?.Accuracy, modelFolder, trained().TotalSeconds, best?.Step,
            which);
        recorder.Record(finished);
        return finished;
    }

    private void Export(int step, T5 model, string settings)
    {
        recorder.Record(new PhaseStarted(step, RunPhase.Exporting));
        using IDisposable? modes = modelFolder == folder.ModelPath ? null : PrivateFiles.AsTheUserWants();
        HuggingFaceFolder.Export(modelFolder, model, session.ModelFolder, settings);
    }

    private EvaluationResult Test(Evaluator evaluator, T5 model, int step, string weights, CancellationToken stop)
    {
        var report = new EvaluationReport(recorder, step, Dataset.Test, weights);
        EvaluationResult result = evaluator.Evaluate(_rows, _ => session.Spec.OutputRationale, stop, report.Report);
        recorder.Record(result.ToEvent(step, Dataset.Test, weights, ModelDigest.OfWeights(model)));
        session.LogNotices(recorder);
        return result;
    }

    private TestResult Result(EvaluationResult result, int step) =>
        new(
            result.Accuracy, result.Correct, result.Rows, step,
            (double)_rows.CountBy(row => row.Truth).Max(truth => truth.Value) / _rows.Count);
}
