using System.Runtime.InteropServices;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Runs;

public class RunFailureTests
{
    private const long GB = 1_000_000_000;

    private static readonly Exception OnCpu = new NativeFailure(
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8589934592 bytes. "
            + "Error code 12 (Cannot allocate memory)\nframe #0: c10::alloc_cpu(unsigned long)");

    private static readonly Exception OnGpu = new NativeFailure(
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB of which 512.00 MiB is free. "
            + "Including non-PyTorch memory, this process has 7.49 GiB memory in use.\nException raised from malloc at "
            + "CUDACachingAllocator.cpp");

    private static RunSpec Spec => new() { Dataset = "cqa", FromPretrained = "models/base", BatchSize = 64, GradSteps = 2 };

    [Fact]
    public void Explain_MemoryRanOutOnTheCpu_NamesTheBatchAndHalfOfIt()
    {
        var failure = RunFailure.Explain(OnCpu, 12, Spec, hasCheckpoint: true);
        Assert.Equal("Out of memory after step 12 with batches of 64.", failure.Message);
        Assert.Equal("--batch_size 32 --grad_steps 4 needs about half and gives the same result.", failure.Remedy);
        Assert.Contains("DefaultCPUAllocator", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_MemoryRanOutOnAGpu_NamesTheLargestBatchThatFitsIt()
    {
        var failure = RunFailure.Explain(OnGpu, 0, Spec, hasCheckpoint: false, batch => (3 * GB) + (batch * GB / 2));
        Assert.Equal("Out of memory after step 0 with batches of 64.", failure.Message);
        Assert.Equal("--batch_size 8 --grad_steps 16 needs about 7 GB instead of 35 GB and gives the same result.", failure.Remedy);
    }

    [Fact]
    public void Explain_MemoryRanOutInGeneration_SaysSoAndNamesABatchThatFits()
    {
        var failure = RunFailure.Explain(
            new GenerationMemoryException(64, 1, OnGpu), 12, Spec, hasCheckpoint: true, batch => (3 * GB) + (batch * GB / 2));

        Assert.Equal("Out of memory while answers were generated after step 12, 64 at a time.", failure.Message);
        Assert.Equal("--batch_size 8 --grad_steps 16 needs about 7 GB instead of 35 GB and gives the same result.", failure.Remedy);
        Assert.Contains("CUDACachingAllocator", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_Divergence_GivesFiguresThatCanBeRead() =>
        Assert.Equal(
            "The training diverged at step 3: loss 329.5, gradient norm Infinity.",
            RunFailure.Explain(
                new DivergedException(3, 329.51543361589023, double.PositiveInfinity), 2, Spec, hasCheckpoint: false).Message);

    [Theory]
    [InlineData(15, 5, 6)]
    [InlineData(7, 1, 14)]
    public void Explain_BatchThatCannotBeHalved_NamesOneThatDividesIt(int batchSize, int smaller, int gradSteps)
    {
        var failure = RunFailure.Explain(OnCpu, 3, Spec with { BatchSize = batchSize }, hasCheckpoint: true);
        Assert.StartsWith($"--batch_size {smaller} --grad_steps {gradSteps} ", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_NotEvenOneRowFits_NamesOtherSavings()
    {
        var failure = RunFailure.Explain(OnGpu, 0, Spec, hasCheckpoint: false, batch => (9 * GB) + batch);
        Assert.StartsWith("even --batch_size 1 needs about 9 GB of the 8.59 GB available", failure.Remedy, StringComparison.Ordinal);
        Assert.Contains("--optimizer_name adafactor", failure.Remedy, StringComparison.Ordinal);
        Assert.Contains(
            "--batch_size 1 ", RunFailure.Explain(OnCpu, 0, Spec with { BatchSize = 2 }, hasCheckpoint: true).Remedy,
            StringComparison.Ordinal);
        Assert.Contains(
            "--max_input_length (it was 1024)", RunFailure.Explain(OnCpu, 0, Spec with { BatchSize = 1 }, hasCheckpoint: true).Remedy,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "resume the run")]
    [InlineData(false, "launch it again")]
    public void Explain_FixableFailure_NamesHowToContinueTheRun(bool hasCheckpoint, string mend)
    {
        Exception[] causes = [
            new IOException("No space left on device"), new DirectoryNotFoundException("gone"),
            new NativeFailure("CUDA error: device lost"), new NativeFailure("CUDA driver error: unknown error"),
        ];
        Assert.All(
            causes, cause => Assert.Contains(mend, RunFailure.Explain(cause, 3, Spec, hasCheckpoint).Remedy, StringComparison.Ordinal));
    }

    /// <summary>As TorchSharp throws it.</summary>
    private sealed class NativeFailure(string message) : ExternalException(message);
}
