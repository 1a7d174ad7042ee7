using DistillStudio.Engine.Runs;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Jobs;

public sealed class JobOutcomeTests
{
    [Theory]
    [InlineData(JobState.TimedOut, 0)]
    [InlineData(JobState.NodeFailed, 0)]
    [InlineData(JobState.Preempted, 0)]
    [InlineData(JobState.Unknown, 0)]
    [InlineData(JobState.Failed, 75)]
    [InlineData(JobState.Failed, 137)]
    public void Of_JobThatWasInterrupted_ContinuesWhileThereIsProgress(JobState state, int exitCode)
    {
        Assert.Equal(RunState.Queued, Of(state, exitCode, tries: 1).State);
        Assert.Equal(RunState.Queued, Of(state, exitCode, tries: 9, checkpoint: 20).State);

        JobOutcome given = Of(state, exitCode, tries: 3);
        Assert.Equal(RunState.Failed, given.State);
        Assert.Contains("tried 3 times", Assert.IsType<Failed>(given.Event).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JobState.OutOfMemory, 0, "OUT_OF_MEMORY")]
    [InlineData(JobState.Failed, 127, "exit code 127")]
    [InlineData(JobState.Completed, 0, "without finishing")]
    public void Of_JobThatFailed_FailsWithSlurmsWordsAndTheLastLine(JobState state, int exitCode, string words)
    {
        Failed failed = Assert.IsType<Failed>(Of(state, exitCode, tries: 1, checkpoint: 20).Event);

        Assert.Contains(words, failed.Message, StringComparison.Ordinal);
        Assert.Contains("no such file", failed.Message, StringComparison.Ordinal);
        Assert.NotNull(failed.Remedy);
    }

    [Theory]
    [InlineData(JobRequest.Pause, RunState.Paused)]
    [InlineData(JobRequest.Cancel, RunState.Cancelled)]
    [InlineData(JobRequest.Requeue, RunState.Queued)]
    [InlineData(JobRequest.Withdraw, RunState.Interrupted)]
    public void Of_JobThatFollowedARequest_IsWhatWasAsked(JobRequest request, RunState expected) =>
        Assert.Equal(expected, Of(JobState.Failed, 75, tries: 1, request: request).State);

    [Fact]
    public void Of_JobCancelledFromOutside_IsCancelled() =>
        Assert.IsType<Cancelled>(Of(JobState.Cancelled, 0, tries: 1).Event);

    private static JobOutcome Of(
        JobState state, int exitCode, int tries, int checkpoint = 10, JobRequest request = JobRequest.None) => JobOutcome.Of(
        new RunSummary
        {
            Id = "run",
            Folder = "/run",
            Spec = DemoTraining.Short,
            State = RunState.Running,
            Placement = new("gpu")
            {
                Tries = tries,
                Step = 10,
                Job = new("nonce") { Id = "7", Node = "n1", State = state, Request = request },
            },
        },
        exitCode, checkpoint, "bash: no such file");
}
