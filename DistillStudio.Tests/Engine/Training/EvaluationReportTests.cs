using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public class EvaluationReportTests
{
    [Fact]
    public void Report_ManyBatchesWithinASecond_RecordsOnlyTheBeginning()
    {
        var events = new List<RunEvent>();
        using var recorder = new RunRecorder(null, [new RecordingObserver(events: events)], TimeProvider.System);
        var report = new EvaluationReport(recorder, 7, "valid", "current");
        for (int done = 0; done <= 1000; done++)
        {
            report.Report(done, 1000);
        }

        Assert.InRange(events.Count, 1, 3); // a slow machine may take a second or two for that
        Assert.Equal(
            (7, "valid", "current", 0, 1000),
            events.Cast<EvaluationProgressed>().Select(e => (e.Step, e.Split, e.Weights, e.Done, e.Total)).First());
    }
}
