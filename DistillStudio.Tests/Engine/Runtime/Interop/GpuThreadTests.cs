using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using Function = DistillStudio.Engine.Runtime.Interop.CudaLibrary.Function;

namespace DistillStudio.Tests.Engine.Runtime.Interop;

/// <summary>Threads on a GPU whose functions are stand-ins: its pool numbers the streams that it gives out.</summary>
public sealed unsafe class GpuThreadTests : IDisposable
{
    /// <summary>A GPU that no test machine has, so that nothing else takes its streams.</summary>
    private const int Device = 97;

    private static int _given;

    private readonly TempFolder _folder = new();
    private readonly CudaLibrary _cuda;

    public GpuThreadTests()
    {
        Assert.SkipUnless(NativeGuard.IsAvailable, "Needs Linux on an x64 processor.");
        _cuda = new(new()
        {
            [Function.SetDevice] = (nint)(delegate* unmanaged<nint, nint, int>)&SetDevice,
            [Function.StreamFromPool] = (nint)(delegate* unmanaged<nint, nint, NativeGuard.Pair>)&StreamFromPool,
            [Function.SetCurrentStream] = (nint)(delegate* unmanaged<nint, nint, void>)&SetCurrentStream,
            [Function.StreamHandle] = (nint)(delegate* unmanaged<NativeGuard.Pair*, nint>)&StreamHandle,
        });
    }

    public void Dispose()
    {
        GpuThread.Leave();
        _folder.Dispose();
    }

    [Fact]
    public void Open_SessionThatFails_LeavesTheStreamToTheNextThread()
    {
        RunSpec spec = RunDefaults.Demo with { FromPretrained = _folder["no model"] };
        nint? during = null;
        Assert.Throws<InputException>(() => TrainingSession.Open(
            spec, new StudioHome(_folder["home"]),
            begun: phase =>
            {
                Assert.True(GpuThread.Enter(Device, _cuda));
                during = GpuThread.Stream;
            }));

        Assert.NotNull(during);
        Assert.Null(GpuThread.Stream);
        Assert.True(GpuThread.Enter(Device, _cuda));
        Assert.Equal(during, GpuThread.Stream); // and no new one
    }

    [Fact]
    public void Open_FailsWithinAnother_LeavesTheStreamToTheOuterOne()
    {
        Assert.True(GpuThread.Enter(Device, _cuda));
        nint? stream = GpuThread.Stream;
        Assert.Throws<InputException>(() => Student.Open(_folder["no model"], new StudentOptions()));
        Assert.NotNull(stream);
        Assert.Equal(stream, GpuThread.Stream);
    }

    [UnmanagedCallersOnly]
    private static int SetDevice(nint device, nint unused) => CudaLibrary.Success;

    [UnmanagedCallersOnly]
    private static NativeGuard.Pair StreamFromPool(nint isHigh, nint device) => new(Interlocked.Increment(ref _given), 0);

    [UnmanagedCallersOnly]
    private static void SetCurrentStream(nint first, nint second)
    {
    }

    [UnmanagedCallersOnly]
    private static nint StreamHandle(NativeGuard.Pair* stream) => stream->First;
}
