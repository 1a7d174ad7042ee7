using DistillStudio.Engine.Runtime;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// Runs kernels on CPU tensors, in a simulation of a GPU: slow, and meant to prove that kernels are right where there is no GPU.
/// </summary>
internal sealed class SimulatedLauncher : IKernelLauncher
{
    // Small, because each thread of a group is one of the system, and the kernels depend on neither size.
    private const int WarpSize = 2;
    private const int Warps = 2;

    private readonly Context _context = Context.Create(builder => builder.CPU(new CPUDevice(WarpSize, Warps, 1)));
    private readonly CPUAccelerator _accelerator;
    private readonly Dictionary<string, Kernel> _kernels = [];
    private readonly Lock _lock = new();

    internal SimulatedLauncher() => _accelerator = _context.CreateCPUAccelerator(0);

    public int ThreadsFor(int width) => WarpSize * Warps;

    public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (groups == 0)
        {
            return;
        }

        lock (_lock)
        {
            if (!_kernels.TryGetValue(kernel.Name, out Kernel? loaded))
            {
                _kernels[kernel.Name] = loaded = _accelerator.LoadKernel(kernel.Method);
            }

            var buffers = new List<CPUMemoryBuffer>();
            object[] values = new object[arguments.Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = ValueOf(arguments[i], buffers);
            }

            loaded.Launch(_accelerator.DefaultStream, new KernelConfig(groups, threads), values);
            _accelerator.Synchronize();
            buffers.ForEach(buffer => buffer.Dispose());
        }
    }

    public void Dispose()
    {
        _accelerator.Dispose();
        _context.Dispose();
    }

    private object ValueOf(KernelArgument argument, List<CPUMemoryBuffer> buffers) => argument.Value switch
    {
        Type type when type == typeof(float) => ViewOf<float>(argument, buffers),
        Type type when type == typeof(ushort) => ViewOf<ushort>(argument, buffers),
        Type type when type == typeof(long) => ViewOf<long>(argument, buffers),
        Type type => throw new StudioException($"There are no views of {type.Name}."),
        object number => number,
    };

    private ArrayView<T> ViewOf<T>(KernelArgument argument, List<CPUMemoryBuffer> buffers)
        where T : unmanaged
    {
        if (argument.Length == 0)
        {
            return default;
        }

        CPUMemoryBuffer buffer = CPUMemoryBuffer.Create(_accelerator, argument.Address, argument.Length, Interop.SizeOf<T>());
        buffers.Add(buffer);
        return buffer.AsArrayView<T>(0, argument.Length);
    }
}
