using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Training;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Training;

public sealed class KernelTrialRunTests
{
    /// <summary>The steps of the trial take a simulator too long; libtorch's operators stand in for right kernels.</summary>
    [Fact]
    public void CompareKernels_OfStepsThatAgree_FindsNothing() =>
        Assert.Null(GraphTrial.CompareKernels(CPU, OwnKernels.Reference));

    [Fact]
    public void CompareKernels_OfAnAdamThatDoesNothing_SaysThatStepsDiffer()
    {
        using OwnKernels kernels = OwnKernels.Open(CPU, new SpoiltLauncher(), _ => { })!;
        Assert.DoesNotContain(FusedOperation.Adam, kernels.Operations.LeftOut);

        Assert.StartsWith(
            "steps by own kernels differ from those by libtorch's operators (", GraphTrial.CompareKernels(CPU, kernels),
            StringComparison.Ordinal);
    }

    /// <summary>Refuses all but AdamW, which it runs on small weights only.</summary>
    private sealed class SpoiltLauncher : IKernelLauncher
    {
        private readonly SimulatedLauncher _inner = new();

        public int ThreadsFor(int width) => _inner.ThreadsFor(width);

        public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments)
        {
            if (kernel.Method.DeclaringType != typeof(GpuAdamKernel))
            {
                throw new DistillStudio.Engine.Runtime.StudioException("not here");
            }

            if (arguments[0].Length < 10_000)
            {
                _inner.Launch(kernel, groups, threads, arguments);
            }
        }

        public void Dispose() => _inner.Dispose();
    }
}
