using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Runtime;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class KernelTrialTests : IDisposable
{
    private readonly GpuScene _scene = new();

    [Fact]
    public void Run_EmulatedKernels_AllAgreeWithLibtorch() =>
        Assert.Empty(KernelTrial.Run(_scene.Operations, new TorchOperations(), CPU, Enum.GetValues<FusedOperation>()));

    [Fact]
    public void Run_AWrongKernel_IsTheOneNamed()
    {
        var launcher = new SkippingLauncher(_scene.Launcher, nameof(GpuEmbeddingKernel));
        (FusedOperation operation, string why) =
            Assert.Single(KernelTrial.Run(new GpuOperations(launcher), new TorchOperations(), CPU, Enum.GetValues<FusedOperation>()));

        Assert.Equal(FusedOperation.Embedding, operation);
        Assert.Contains("differs", why, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_KernelsThatCannotBeLaunched_AreNamedWithTheReason()
    {
        var launcher = new RefusingLauncher();

        IReadOnlyList<(FusedOperation Operation, string Why)> wrong =
            KernelTrial.Run(new GpuOperations(launcher), new TorchOperations(), CPU, Enum.GetValues<FusedOperation>());
        Assert.Equal(Enum.GetValues<FusedOperation>(), wrong.Select(each => each.Operation));
        Assert.All(wrong, each => Assert.Equal("no such kernel", each.Why));
    }

    [Fact]
    public void FusedOperations_KernelThatFails_IsReportedOnceAndReplaced()
    {
        var reports = new List<string>();
        var fused = new FusedOperations(new GpuOperations(new RefusingLauncher()), new TorchOperations(), reports.Add);
        (Tensor table, Tensor ids, MaskSource source) = (_scene.Random(5, 7), tensor([3L, 0, 3]), GpuScene.Source(3));
        GpuMask mask = new(4, GpuScene.Rate);
        Tensor expected = table.index_select(0, ids) * GpuScene.Factors(3, 7, 4);
        for (int i = 0; i < 2; i++)
        {
            GpuScene.AssertEqual(expected, fused.Embed(table, ids, source, mask));
        }

        Assert.Equal(
            "The GPU kernels of the embedding are not used, libtorch's operators take their place: no such kernel", Assert.Single(reports));
        Assert.Equal([FusedOperation.Embedding], fused.LeftOut);
    }

    public void Dispose() => _scene.Dispose();

    /// <summary>Leaves memory as it is where a kernel should have written.</summary>
    private sealed class SkippingLauncher(IKernelLauncher inner, string skipped) : IKernelLauncher
    {
        public int ThreadsFor(int width) => inner.ThreadsFor(width);

        public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments)
        {
            if (!kernel.Name.StartsWith(skipped, StringComparison.Ordinal))
            {
                inner.Launch(kernel, groups, threads, arguments);
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class RefusingLauncher : IKernelLauncher
    {
        public int ThreadsFor(int width) => 32;

        public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments) =>
            throw new StudioException("no such kernel");

        public void Dispose()
        {
        }
    }
}
