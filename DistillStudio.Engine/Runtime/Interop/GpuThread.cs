using System.Runtime.InteropServices;
using TorchSharp;
using Function = DistillStudio.Engine.Runtime.Interop.CudaLibrary.Function;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Gives a thread that computes on a GPU a stream of its own: graphs cannot be recorded on the default stream, and two runs of one process
/// would wait for each other on it.
/// </summary>
internal static class GpuThread
{
    [ThreadStatic]
    private static (int Device, nint Stream)? _entered;

    /// <summary>Handle of the thread's stream; null on the default stream.</summary>
    internal static nint? Stream => _entered?.Stream;

    /// <summary>
    /// Makes a device and a stream from libtorch's pool current on this thread. Must precede all other work of the thread on the device.
    /// </summary>
    /// <returns>False on a CPU, and if the functions are missing or fail: the thread stays on the default stream.</returns>
    internal static bool Enter(torch.Device device)
    {
        if (device.type != DeviceType.CUDA || CudaLibrary.Current is not { } cuda)
        {
            return false;
        }

        int index = Math.Max(0, device.index);
        if (_entered?.Device == index)
        {
            return true;
        }

        try
        {
            if (cuda.Call(Function.SetDevice, index) != CudaLibrary.Success)
            {
                return false;
            }

            NativeGuard.Pair stream = NativeGuard.Call(cuda[Function.StreamFromPool], 0, index);
            NativeGuard.Call(cuda[Function.SetCurrentStream], stream.First, stream.Second);
            _entered = (index, HandleOf(cuda, stream));
            return true;
        }
        catch (ExternalException)
        {
            return false;
        }
    }

    /// <summary>True if this thread has entered the device.</summary>
    internal static bool IsOn(torch.Device device) => _entered?.Device == Math.Max(0, device.index);

    private static unsafe nint HandleOf(CudaLibrary cuda, NativeGuard.Pair stream) =>
        NativeGuard.Call(cuda[Function.StreamHandle], (nint)(&stream)).First;
}
