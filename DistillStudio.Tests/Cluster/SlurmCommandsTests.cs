using DistillStudio.Cluster;
using DistillStudio.History;

namespace DistillStudio.Tests.Cluster;

public sealed class SlurmCommandsTests
{
    [Fact]
    public void ReadJob_LineOfSqueue_EveryField()
    {
        SlurmJob job = SlurmCommands.ReadJob(
            "12_3|RUNNING|None|0|2|n[1-2]|2026-11-27T17:09:44|main|distillstudio a b      |distillstudio:ab|c    ")!;

        Assert.Equal(
            new("12_3", JobState.Running, "RUNNING", null, "n[1-2]", 0, 2, "2026-11-27T17:09:44", "distillstudio:ab|c", "distillstudio a b",
                "main"),
            job);
        Assert.Equal(3, job.Index);
    }

    [Theory]
    [InlineData("768", 3)]
    [InlineData("9", 137)]
    [InlineData("0", 0)]
    [InlineData("", 0)]
    public void ReadJob_Status_IsTheExitCodeOfAShell(string status, int expected) => Assert.Equal(
        expected, SlurmCommands.ReadJob($"1|FAILED|NonZeroExitCode|{status}|0|n1|t|main|n|(null)")!.ExitCode);

    [Theory]
    [InlineData("")]
    [InlineData("slurm_load_jobs error: Invalid job id specified")]
    [InlineData("1|RUNNING")]
    public void ReadJob_AnythingElse_IsNone(string line) => Assert.Null(SlurmCommands.ReadJob(line));

    [Fact]
    public void ReadEnded_LineOfSacct_StateAndSignal()
    {
        SlurmJob job = SlurmCommands.ReadEnded("12_3|CANCELLED by 1000|None|0:15|n1|2026-11-27T17:09:44|distillstudio:x")!;

        Assert.Equal((JobState.Cancelled, 143, "distillstudio:x"), (job.State, job.ExitCode, job.Comment));
    }

    [Fact]
    public void ReadNode_LineOfSinfo_WhatIsFree()
    {
        SlurmNode node = SlurmCommands.ReadNode("n1|main*|mixed|3/1/0/4|gpu:a100:4(S:0-1),tmp:9|gpu:a100:1(IDX:0)|16000|8:00:00|none")!;

        Assert.Equal(new("n1", "main", true, "mixed", 4, 1, 4, 3, 16_000L << 20, "8:00:00", null), node);
    }

    [Theory]
    [InlineData("PENDING", JobState.Pending)]
    [InlineData("CANCELLED+", JobState.Cancelled)]
    [InlineData("OUT_OF_MEMORY", JobState.OutOfMemory)]
    [InlineData("NODE_FAIL", JobState.NodeFailed)]
    [InlineData("A_STATE_OF_TOMORROW", JobState.Unknown)]
    public void Parse_Words_State(string words, JobState expected) => Assert.Equal(expected, SlurmStates.Parse(words));
}
