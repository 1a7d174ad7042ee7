using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(MethodNames.Standard, 20, 3 + 3)] // losses, labels
    [InlineData(MethodNames.SingleTask, 20, 3 + 3)]
    [InlineData(MethodNames.TaskPrefix, 20, 3 + 3 + 3 + 2)] // losses of both streams, labels, rationales of 16 rows
    [InlineData(MethodNames.TaskPrefix, 1, 1 + 1 + 1 + 1)]
    public void Evaluate_Progress_CountsEachBatchOnce(string method, int rows, int batches)
    {
        using TrainingSession session = TrainingSession.Open(
            RunDefaults.Demo with { Method = method, BatchSize = 8, EvalLimit = rows, GenMaxLen = 4, Device = "cpu" }, _folder.Home);
        var reported = new List<(int Done, int Total)>();

        EvaluationResult result = session.Evaluator.Evaluate(
            session.Limit(session.Data.Valid), row => row < 16, TestContext.Current.CancellationToken, (done, total) =>
            reported.Add((done, total)));

        Assert.Equal(rows, result.Rows);
        Assert.Equal(Enumerable.Range(0, batches + 1).Select(done => (done, batches)), reported);
    }
}
