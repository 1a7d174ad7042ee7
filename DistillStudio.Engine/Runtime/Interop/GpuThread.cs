using System.Collections.Concurrent;
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
    // libtorch caches memory by stream: a later run would not find that of an earlier one on a stream of its own.
    private static readonly ConcurrentDictionary<int, ConcurrentBag<NativeGuard.Pair>> Free = new();

    [ThreadStatic]
    private static Entered? _entered;

    /// <param name="Device">Ordinal of the GPU.</param>
    /// <param name="Stream">libtorch's stream.</param>
    /// <param name="Handle">CUDA's.</param>
    private sealed record Entered(int Device, NativeGuard.Pair Stream, nint Handle);

    /// <summary>CUDA's handle of the thread's stream; null on the default stream.</summary>
    internal static nint? Stream => _entered?.Handle;

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

        return Enter(Math.Max(0, device.index), cuda);
    }

    /// <inheritdoc cref="Enter(torch.Device)"/>
    /// <param name="index">Ordinal of the GPU.</param>
    /// <param name="cuda">The functions to call.</param>
    internal static bool Enter(int index, CudaLibrary cuda)
    {
        if (_entered?.Device == index)
        {
            return true;
        }

        NativeGuard.Pair? taken = null;
        try
        {
            if (cuda.Call(Function.SetDevice, index) != CudaLibrary.Success)
            {
                return false;
            }

            Leave(); // that of another device
            NativeGuard.Pair stream = FreeOn(index).TryTake(out NativeGuard.Pair left)
                ? left
                : NativeGuard.Call(cuda[Function.StreamFromPool], 0, index);
            taken = stream;
            nint handle = HandleOf(cuda, stream);
            NativeGuard.Call(cuda[Function.SetCurrentStream], stream.First, stream.Second); // last: nothing fails once it is current
            _entered = new(index, stream, handle);
            return true;
        }
        catch (ExternalException)
        {
            if (taken is { } unused)
            {
                FreeOn(index).Add(unused);
            }

            return false;
        }
    }

    /// <summary>Leaves the stream to the next thread; this one does nothing more on the GPU until it enters again.</summary>
    internal static void Leave()
    {
        if (_entered is { } entered)
        {
            _entered = null;
            FreeOn(entered.Device).Add(entered.Stream);
        }
    }

    /// <summary>
    /// Opens something that enters a device and leaves it when it is disposed. If opening fails, leaves what it entered: otherwise no other
    /// thread would ever get its stream, nor the memory that libtorch caches for it.
    /// </summary>
    internal static T Open<T>(Func<T> open)
    {
        Entered? before = _entered;
        try
        {
            return open();
        }
        catch
        {
            if (_entered != before)
            {
                Leave();
            }

            throw;
        }
    }

    /// <summary>True if this thread has entered the device.</summary>
    internal static bool IsOn(torch.Device device) => _entered?.Device == Math.Max(0, device.index);

    private static ConcurrentBag<NativeGuard.Pair> FreeOn(int device) => Free.GetOrAdd(device, _ => []);

    private static unsafe nint HandleOf(CudaLibrary cuda, NativeGuard.Pair stream) =>
        NativeGuard.Call(cuda[Function.StreamHandle], (nint)(&stream)).First;
}
