using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Engine.Runs;

public class EventLogTests
{
    [Fact]
    public void LineOf_ImportantEvents_StatesTheirFigures()
    {
        Assert.Equal(
            "Step 1,200: validation, accuracy 75.0 % (75 of 100), label loss 1.000, rationale loss 2.000, in 0.7 s.",
            Text(RunScript.Valid(1200, 0.75)));
        Assert.Equal("Step 50: checkpoint written (12 MB).", Text(new Checkpointed(50, "checkpoints/50", IsBest: false, 12_000_000)));
        Assert.Equal("Step 50: the best weights so far are kept (4 MB).", Text(new Checkpointed(50, "best", IsBest: true, 4_000_000)));
        Assert.Equal("Paused after step 7.", Text(new Paused(7)));
        Assert.Equal("Resumed after step 7.", Text(new Resumed(7)));
        Assert.Equal("Resumed by a new process from step 5.", Text(new Resumed(5, IsRestored: true)));
        Assert.Equal("Failed after step 7: Out of memory.", Text(new Failed(7, "Out of memory.", null, null)));
        Logged line = EventLog.LineOf(new Paused(7) { Number = 9 })!;
        Assert.Equal((9, LogSeverity.Information), (line.Number, line.Severity));
        Assert.Null(EventLog.LineOf(RunScript.Step(1, RunScript.Spec())));
        Assert.Null(EventLog.LineOf(new EvaluationProgressed(1, "valid", "current", 1, 2, 0)));
    }

    private static string Text(RunEvent happened) => EventLog.LineOf(happened)!.Message;
}
