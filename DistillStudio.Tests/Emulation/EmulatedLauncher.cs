using DistillStudio.Engine.Kernels.Gpu;

namespace DistillStudio.Tests.Emulation;

/// <summary>Runs a GPU's code on CPU tensors, in groups of two warps, so that sums over warps are tested with few threads.</summary>
internal sealed class EmulatedLauncher : IKernelLauncher
{
    private readonly CudaLauncher _launcher = new(new EmulatedDriver(), new PtxCompiler(new PtxTarget(8), null));

    public int ThreadsFor(int width) => 2 * PtxGroup.WarpSize;

    public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments) =>
        _launcher.Launch(kernel, groups, threads, arguments);

    public void Dispose() => _launcher.Dispose();
}
