using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Verification;

namespace DistillStudio.Tests.Engine.Verification;

public class HostileRecordTests
{
    [Theory]
    [InlineData("step")]
    [InlineData("maxSteps")]
    public void Verify_ExcessiveStepNumbers_AreFoundWithoutCountingToThem(string what)
    {
        using var run = new FinishedDemoRun();
        if (what == "step")
        {
            run.ChangeEvents(line => FinishedDemoRun.Is(line, "progressed", 9), line => line["step"] = int.MaxValue);
            run.ChangeEvents(line => FinishedDemoRun.Is(line, "progressed", 8), line => line["step"] = -8);
        }
        else
        {
            run.ChangeEvents(line => (string?)line["event"] == "started", line =>
                (line["spec"]!["maxSteps"], line["spec"]!["evalSteps"]) = (int.MaxValue, 1));
            run.ChangeEvents(line => (string?)line["event"] == "finished", line => line["step"] = int.MaxValue);
        }

        VerificationReport report = run.Verify(new VerificationOptions(Stretches: 0));

        Assert.Equal(VerificationOutcome.Differs, report.Outcome);
        Assert.InRange(report.Record.Count, 2, 300);
    }

    [Theory]
    [InlineData("batchSize", "--batch_size", 0)]
    [InlineData("evalSteps", "--eval_steps", -1)]
    public void Verify_ImpossibleSettings_AreRefusedInASentence(string setting, string flag, int value)
    {
        using var run = new FinishedDemoRun();
        run.ChangeEvents(line => (string?)line["event"] == "started", line => line["spec"]![setting] = value);
        Assert.Contains($"{flag} {value}", Assert.Throws<InputException>(() => run.Verify()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_WhatCannotBeVerified_IsRefusedInASentence()
    {
        using var run = new FinishedDemoRun(stopAfter: 2);
        Assert.Contains(
            "ends after the last recorded step, 2", Assert.Throws<InputException>(() => run.Verify()).Message, StringComparison.Ordinal);
        using (RunLock.Take(run.Folder.Path))
        {
            Assert.Throws<RunHeldException>(() => run.Verify());
        }

        File.WriteAllText(run.Folder.EventsPath, "");
        Assert.Contains("how the run began", Assert.Throws<InputException>(() => run.Verify()).Message, StringComparison.Ordinal);
        File.Delete(run.Folder.EventsPath);
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => run.Verify()).Message, StringComparison.Ordinal);
    }
}
