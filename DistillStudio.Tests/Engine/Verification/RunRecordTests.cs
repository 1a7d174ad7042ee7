using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Verification;

namespace DistillStudio.Tests.Engine.Verification;

public class RunRecordTests
{
    [Fact]
    public void Verify_LinesThatHoldNoEvent_AreNamedByNumber()
    {
        using var run = new FinishedDemoRun();
        string[] lines = File.ReadAllLines(run.Folder.EventsPath);
        int saved = Array.FindLastIndex(lines, line => line.Contains("checkpointed", StringComparison.Ordinal));
        int evaluated = Array.FindIndex(lines, line => line.Contains("\"evaluated\"", StringComparison.Ordinal));
        lines[saved] = lines[saved][..20];
        lines[evaluated] = "no JSON";
        File.WriteAllLines(run.Folder.EventsPath, lines);

        VerificationReport report = run.Verify(new VerificationOptions(Stretches: 0));

        Assert.Equal(VerificationOutcome.Differs, report.Outcome);
        Assert.Equal(
            new[] { evaluated + 1, saved + 1 }.Order().Select(line => $"line {line}"),
            report.Record.Where(finding => finding.Recorded == "unreadable text").Select(finding => finding.Field));
        Assert.Contains(report.Notes, note => note.Contains("2 lines without an event", StringComparison.Ordinal));
    }

    [Fact]
    public void Verify_LastLineUnfinished_CountsOnlyOnceTheRunHasFinished()
    {
        using var open = new FinishedDemoRun(stopAfter: 5);
        using var finished = new FinishedDemoRun();
        File.AppendAllText(open.Folder.EventsPath, "{\"event\":\"progr");
        File.AppendAllText(finished.Folder.EventsPath, "{\"event\":\"progr");

        Assert.Empty(open.Verify(new VerificationOptions(Stretches: 0)).Record);
        Assert.Single(finished.Verify(new VerificationOptions(Stretches: 0)).Record);
    }

    [Fact]
    public void Verify_FirstEventIsUnreadable_NamesItsLine()
    {
        using var run = new FinishedDemoRun();
        string[] lines = File.ReadAllLines(run.Folder.EventsPath);
        File.WriteAllLines(
            run.Folder.EventsPath, lines.Select(line => line.Contains("\"started\"", StringComparison.Ordinal) ? "{" : line));
        Assert.Matches(
            @"its line \d+ cannot be read: put back a copy of the file\.$", Assert.Throws<InputException>(() => run.Verify()).Message);
    }
}
