using System.Runtime.InteropServices;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

/// <summary>The calls of the driver in their order, with functions in place of the driver's: context 100 + n is that of GPU n.</summary>
public sealed unsafe class CudaDriverTests
{
    private const int Refused = 201; // CUDA_ERROR_INVALID_CONTEXT

    private static readonly List<string> Calls = [];
    private static nint _current;
    private static bool _hasContext;

    public CudaDriverTests() => (_current, _hasContext) = (0, true);

    [Theory]
    [InlineData(100)] // libtorch has put the thread back on the first GPU
    [InlineData(0)]   // a thread of autograd's
    public void Load_AnotherContextIsCurrent_UsesThatOfItsGpu(int current)
    {
        CudaDriver driver = Driver(1);
        _current = current;

        Assert.Equal(101_007, driver.Load(new("assembly", "kernel")));
        Assert.Equal(["set 101", "load in 101"], Calls);
    }

    [Fact]
    public void Launch_OnAnotherThread_UsesTheContextOfItsGpuAndSetsItOnce()
    {
        CudaDriver driver = Driver(1);
        nint function = driver.Load(new("assembly", "kernel"));
        Calls.Clear();
        _current = 0;

        driver.Launch(function, 3, 32, [], 0);
        driver.Launch(function, 3, 32, [], 0);

        Assert.Equal(["set 101", "launch 101007 in 101 on 2001", "launch 101007 in 101 on 2001"], Calls);
    }

    [Fact]
    public void Load_NoContext_SaysSo()
    {
        _hasContext = false;

        Assert.Equal(
            "The NVIDIA driver has no context for GPU 2 (error 201).",
            Assert.Throws<StudioException>(() => Driver(2).Load(new("assembly", "kernel"))).Message);
    }

    private static CudaDriver Driver(int device)
    {
        Calls.Clear();
        return new(
            [
                (nint)(delegate* unmanaged<nint*, byte*, uint, int*, nint*, int>)&LoadModule,
                (nint)(delegate* unmanaged<nint*, nint, byte*, int>)&GetFunction,
                (nint)(delegate* unmanaged<nint, int>)&Unload,
                (nint)(delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, byte**, void**, int>)&LaunchKernel,
                (nint)(delegate* unmanaged<int, byte**, int>)&ErrorName,
                (nint)(delegate* unmanaged<nint*, int>)&GetCurrent,
                (nint)(delegate* unmanaged<nint, int>)&SetCurrent,
                (nint)(delegate* unmanaged<uint, int>)&Initialize,
                (nint)(delegate* unmanaged<int*, int, int>)&GetDevice,
                (nint)(delegate* unmanaged<nint*, int, int>)&RetainContext,
            ],
            (nint)(delegate* unmanaged<sbyte, Stream>)&CurrentStream, (nint)(delegate* unmanaged<Stream*, nint>)&StreamHandle, device);
    }

    [UnmanagedCallersOnly]
    private static int LoadModule(nint* module, byte* image, uint count, int* options, nint* values)
    {
        Calls.Add($"load in {_current}");
        *module = _current;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int GetFunction(nint* function, nint module, byte* name)
    {
        *function = (module * 1000) + 7;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Unload(nint module) => 0;

    [UnmanagedCallersOnly]
    private static int LaunchKernel(
        nint function, uint groups, uint y, uint z, uint threads, uint threadsY, uint threadsZ, uint shared, nint stream, byte** arguments,
        void** extra)
    {
        Calls.Add($"launch {function} in {_current} on {stream}");
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ErrorName(int error, byte** name) => 1;

    [UnmanagedCallersOnly]
    private static int GetCurrent(nint* context)
    {
        *context = _current;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int SetCurrent(nint context)
    {
        Calls.Add($"set {context}");
        _current = context;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Initialize(uint flags) => 0;

    [UnmanagedCallersOnly]
    private static int GetDevice(int* device, int ordinal)
    {
        *device = ordinal;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int RetainContext(nint* context, int device)
    {
        *context = 100 + device;
        return _hasContext ? 0 : Refused;
    }

    [UnmanagedCallersOnly]
    private static Stream CurrentStream(sbyte device) => new() { First = 2000 + device, Second = device };

    [UnmanagedCallersOnly]
    private static nint StreamHandle(Stream* stream) => (nint)stream->First;

    private struct Stream
    {
        internal long First;
        internal long Second;
    }
}
