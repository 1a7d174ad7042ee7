namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Runs kernels on a GPU. Each is compiled and loaded when first launched; later launches cost a few microseconds.</summary>
/// <param name="driver">Of the GPU.</param>
/// <param name="compiler">For the GPU's generation; disposed with the launcher.</param>
internal sealed class CudaLauncher(ICudaDriver driver, PtxCompiler compiler) : IKernelLauncher
{
    private const int WarpSize = 32;
    private const int PerThread = 4; // elements: with fewer a group would mostly wait for its sums

    private readonly Dictionary<GpuKernel, nint> _loaded = [];
    private readonly Lock _lock = new(); // autograd launches on a thread of its own

    public int ThreadsFor(int width) =>
        Math.Clamp((((width - 1) / (PerThread * WarpSize)) + 1) * WarpSize, WarpSize, IKernelLauncher.MostThreads);

    public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (groups == 0)
        {
            return;
        }

        nint function;
        lock (_lock)
        {
            if (!_loaded.TryGetValue(kernel, out function))
            {
                _loaded[kernel] = function = driver.Load(compiler.Compile(kernel));
            }
        }

        Span<byte> bytes = stackalloc byte[arguments.Length * KernelArgument.Bytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i].Write(bytes[(i * KernelArgument.Bytes)..]);
        }

        driver.Launch(function, groups, threads, bytes, arguments.Length);
    }

    public void Dispose() => compiler.Dispose();
}
