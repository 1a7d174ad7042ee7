using DistillStudio.Engine.Runs;
using DistillStudio.Notices;

namespace DistillStudio.Tests.Notices;

public class NoticeSourceTests
{
    [Fact]
    public async Task Source_EndsAndCollapses_AreToldOnce_AndWhatTheUserEndedIsNot()
    {
        await using NoticeBench bench = await new NoticeBench().StartAsync();
        Started started = RunScript.Started(RunScript.Spec());
        bench.Happen("early", DateTimeOffset.UtcNow.AddDays(-1), started, RunScript.Finished(10));
        bench.Happen("stopped", started, new Cancelled(3));
        bench.Happen("good", started, RunScript.Finished(10));
        bench.Happen("wild", started, new Failed(7, "The training diverged at step 8.", "lower the learning rate (--lr).", "stack", IsDivergence: true));
        bench.Happen("bad", started, new Failed(7, "Out of memory.", null, "/secret/place"));
        bench.Happen("flat", started, new Logged(LogSeverity.Warning, "It may have collapsed.", IsCollapse: true),
            new Logged(LogSeverity.Warning, "Another remark."));
        bench.History.Rewind("good");
        bench.Happen("good", started, RunScript.Finished(10)); // a resumed run's events are read again
        bench.Happen("last", started, RunScript.Finished(10));

        await Eventually.Holds(() => bench.Noticed.Any(notice => notice.Id.StartsWith("last/", StringComparison.Ordinal)));
        Assert.Equal(
            [
                ("good/2", NoticeKind.Finished), ("wild/2", NoticeKind.Diverged), ("bad/2", NoticeKind.Failed),
                ("flat/2", NoticeKind.Collapsed),
                ("last/2", NoticeKind.Finished),
            ],
            bench.Noticed.Select(notice => (notice.Id, notice.Kind)));
        Assert.Contains("75.0 % (75 of 100)", bench.Noticed.First().Text, StringComparison.Ordinal);
        Assert.All(bench.Noticed, notice => Assert.DoesNotContain("/secret", notice.Text, StringComparison.Ordinal));
        Assert.All(bench.Noticed, notice => Assert.StartsWith("runs/", notice.Page, StringComparison.Ordinal));
    }
}
