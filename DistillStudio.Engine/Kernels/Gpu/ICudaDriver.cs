using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>The few calls of CUDA's driver that kernels need, in the context of one GPU that libtorch uses too.</summary>
internal interface ICudaDriver
{
    /// <summary>
    /// Compiles PTX for the GPU and returns the entry point's handle; both live as long as the context.
    /// </summary>
    /// <exception cref="StudioException">The driver refuses it; the message has its reason.</exception>
    nint Load(PtxModule module);

    /// <summary>Queues a launch on libtorch's current stream of this thread.</summary>
    /// <param name="arguments">Bytes of each argument, <see cref="KernelArgument.Bytes"/> apart.</param>
    /// <param name="count">Number of arguments.</param>
    /// <exception cref="StudioException">The driver refuses it; the message has its reason.</exception>
    void Launch(nint function, int groups, int threads, ReadOnlySpan<byte> arguments, int count);
}
