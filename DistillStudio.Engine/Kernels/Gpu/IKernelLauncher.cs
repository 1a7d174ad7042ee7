using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Runs kernels on the memory of tensors.</summary>
internal interface IKernelLauncher : IDisposable
{
    /// <summary>Most threads of a group.</summary>
    const int MostThreads = 256;

    /// <summary>Returns a number of threads for a group that walks over <paramref name="width"/> elements: whole warps.</summary>
    int ThreadsFor(int width);

    /// <summary>Queues a kernel behind the operations that libtorch has queued on this thread.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="groups">Groups of threads; with 0 nothing happens.</param>
    /// <param name="threads">Threads of a group, from <see cref="ThreadsFor"/>.</param>
    /// <param name="arguments">In the order of the kernel's parameters.</param>
    /// <exception cref="StudioException">The kernel cannot be compiled, loaded or launched.</exception>
    void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments);
}
