using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public sealed class CollapseDetectorTests
{
    private static readonly RunSpec Spec = RunScript.Spec(900);

    // Half of the rows are entailment, a quarter each of the others.
    private static readonly TrainingRow[] Rows =
        [.. Enumerable.Range(0, 20).Select(i => Row(i, i % 4 < 2 ? "entailment" : i % 4 == 2 ? "neutral" : "contradiction"))];

    [Fact]
    public void Consider_CommonestAnswerEverywhereAfterAThird_IsReportedOnce()
    {
        var watch = new CollapseDetector(Spec, Rows, null);
        Assert.Empty(watch.Consider(100, Answered(2, _ => "entailment")));
        Assert.Empty(watch.Consider(200, Answered(1.9, _ => "entailment")));
        Logged notice = Assert.Single(watch.Consider(300, Answered(1.8, _ => "entailment")));
        Assert.Contains("\"entailment\"", notice.Message, StringComparison.Ordinal);
        Assert.True(notice.IsCollapse);
        Assert.Empty(watch.Consider(400, Answered(1.7, _ => "entailment")));
    }

    [Fact]
    public void Consider_SlowStartWithNothingRight_IsNotFlagged()
    {
        var watch = new CollapseDetector(Spec, Rows, null);
        foreach (int step in Enumerable.Range(1, 8))
        {
            Assert.Empty(watch.Consider(100 * step, Answered(3.0 / step, _ => step < 5 ? "" : "the the the")));
        }
    }

    [Fact]
    public void Consider_GoodAnswers_AreNotFlagged()
    {
        var watch = new CollapseDetector(Spec, Rows, null);
        foreach (int step in Enumerable.Range(1, 8))
        {
            Assert.Empty(watch.Consider(100 * step, Answered(3.0 / step, i => Rows[i].Truth)));
        }
    }

    [Fact]
    public void Consider_LossRisesFourTimesInARow_IsReportedOnceAndAgainAfterAFall()
    {
        double[] losses = [1, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 0.7, 0.8, 0.9, 1, 1.1];
        var watch = new CollapseDetector(Spec, Rows, null);
        int[] reported = [
            .. losses.Index().Where(loss => watch.Consider(10 * (loss.Index + 1), Answered(loss.Item, i => Rows[i].Truth)).Any())
                .Select(loss => loss.Index)
        ];
        Assert.Equal([5, 11], reported);
    }

    [Fact]
    public void Consider_WithTheStateOfACheckpoint_GivesTheNoticesOfAnUninterruptedRun()
    {
        double[] losses = [1, 1.1, 1.2, 1.3, 1.4, 1.5];
        var whole = new CollapseDetector(Spec, Rows, null);
        string[][] expected = [.. losses.Select((loss, i) => Notices(whole, i, loss))];
        for (int cut = 1; cut < losses.Length; cut++)
        {
            var before = new CollapseDetector(Spec, Rows, null);
            string[][] first = [.. losses.Take(cut).Select((loss, i) => Notices(before, i, loss))];
            var after = new CollapseDetector(Spec, Rows, before.State);
            string[][] second = [.. losses.Skip(cut).Select((loss, i) => Notices(after, i + cut, loss))];
            Assert.Equal(expected, [.. first, .. second]);
        }
    }

    [Fact]
    public void OnTargets_AllBlank_IsReported()
    {
        TrainingData data = new("svamp", TaskKind.Equation, [Row(0, " "), Row(1, "")], Rows, Rows, IsValidSetAside: false, 2, 0, 0);
        Assert.Contains("All 2 training labels are blank", Assert.Single(CollapseDetector.OnTargets(data)), StringComparison.Ordinal);
        Assert.Empty(CollapseDetector.OnTargets(data with { Train = Rows }));
    }

    private static TrainingRow Row(int index, string label) => new(index, "input", label, label, null, null);

    private static EvaluationResult Answered(double loss, Func<int, string> answer) =>
        new([.. Rows.Select((row, i) => new Answer(i, answer(i), null, answer(i) == row.Truth, false, false))], loss, null, loss, 1);

    [Fact]
    public void State_InACheckpoint_KeepsItsNames() =>
        Assert.Equal(
            """{"looks":[{"step":1,"loss":2,"commonShare":0.5}],"isFlatTold":true,"isRisingTold":false}""",
            JsonSerializer.Serialize(
                new CollapseState([new(1, 2, 0.5)], IsFlatReported: true, IsRisingReported: false), EngineJson.Events));

    private static string[] Notices(CollapseDetector watch, int step, double loss) =>
        [.. watch.Consider(step, Answered(loss, _ => "x")).Select(line => line.Message)];
}
