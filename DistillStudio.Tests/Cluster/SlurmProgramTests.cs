using DistillStudio.Cluster;

namespace DistillStudio.Tests.Cluster;

public sealed class SlurmProgramTests
{
    [Theory]
    [InlineData(
        "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
        "Slurm's controller does not answer in time (sbatch: Batch job submission failed: Socket timed out on send/recv operation).")]
    [InlineData(
        "sbatch: error: Unable to contact slurm controller (connect failure)",
        "Slurm's controller cannot be reached (sbatch: Unable to contact slurm controller (connect failure)).")]
    [InlineData(
        "sbatch: error: Munge encode failed: Failed to access \"socket\"",
        "Slurm cannot check who asks (sbatch: Munge encode failed: Failed to access \"socket\").")]
    [InlineData(
        "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying",
        "Slurm is busy (sbatch: Slurm temporarily unable to accept job, sleeping and retrying).")]
    public void Failure_ThatPasses_SaysWhatItMeans(string said, string expected)
    {
        SlurmException failure = SlurmProgram.Failure("sbatch", said, 1);

        Assert.Equal((expected, false), (failure.Message, failure.IsLasting));
    }

    [Theory]
    [InlineData(
        "sbatch: error: invalid partition specified: nowhere\nsbatch: error: Batch job submission failed: Invalid partition name specified",
        "sbatch: invalid partition specified: nowhere; Batch job submission failed: Invalid partition name specified.")]
    [InlineData("", "sbatch: exit code 1.")]
    public void Failure_ThatLasts_HoldsSlurmsWords(string said, string expected)
    {
        SlurmException failure = SlurmProgram.Failure("sbatch", said, 1);

        Assert.Equal((expected, true), (failure.Message, failure.IsLasting));
    }
}
