using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.History;

/// <summary>What training took, read without an object for each step.</summary>
public sealed class StepSumsTests : HistoryTest
{
    private const int Steps = 1300;

    [Fact]
    public async Task Milestones_RunOfSeveralChunks_TellTheSameCostAsAllEvents()
    {
        RunSpec spec = RunScript.Spec(Steps);
        RunEvent[] events =
        [
            .. RunScript.Numbered(
                Enumerable.Range(1, Steps).SelectMany(step => step % 100 == 0
                    ? new RunEvent[] { Step(step, spec), RunScript.Valid(step, 0.5) }
                    : [Step(step, spec)])
                .Prepend(RunScript.Started(spec))),
        ];
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id, RunState.Finished, spec));
        history.Append(Id, events[..700], new Bookmark(1, ""));
        await history.FlushAsync();
        history.Append(Id, events[700..], new Bookmark(2, "")); // partly in memory

        ComparedRun blank = ComparedRuns.Blank(history.Find(Id)!, "run");
        ComparedRun whole = ComparedRun.Of(blank, history.AllEvents(Id));
        ComparedRun merged = ComparedRun.Of(blank, history.Milestones(Id));

        Assert.Equal(whole.Cost.Step, merged.Cost.Step);
        Assert.Equal(whole.Cost.Tokens, merged.Cost.Tokens);
        Assert.Equal(whole.Cost.Seconds, merged.Cost.Seconds, 6);
        Assert.Equal(whole.Cost.Flops!.Value, merged.Cost.Flops!.Value, 3);
        Assert.Equal(13, merged.Validated.Count);
        Assert.Equal(whole.Validated.Select(look => (look.Cost.Step, look.Cost.Tokens)),
            merged.Validated.Select(look => (look.Cost.Step, look.Cost.Tokens)));
        Assert.Equal(whole.Environments, merged.Environments);
        Assert.Equal(27, history.Milestones(Id).Count); // the start, and thirteen times the steps and their evaluation
    }

    [Fact]
    public void Milestones_StepsOfAnOlderProgram_HaveUnknownFlops()
    {
        RunSpec spec = RunScript.Spec(10);
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id, RunState.Finished, spec));
        history.Append(
            Id, RunScript.Numbered(Enumerable.Range(1, 10).Select(step => Step(step, spec) with { Flops = step == 3 ? null : 1 })),
            Bookmark.Start);

        StepCompleted only = Assert.IsType<StepCompleted>(Assert.Single(history.Milestones(Id)));
        Assert.Equal((10, null), (only.Step, only.Flops));
        Assert.Empty(history.Milestones("no-such-run"));
    }

    private static StepCompleted Step(int step, RunSpec spec) =>
        RunScript.Step(step, spec) with { Tokens = 100 + (step % 7), Flops = 1e6 + step, Seconds = 0.01 * (1 + (step % 3)) };
}
