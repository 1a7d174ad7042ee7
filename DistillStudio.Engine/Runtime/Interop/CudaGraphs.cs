using System.Runtime.InteropServices;
using TorchSharp;
using Function = DistillStudio.Engine.Runtime.Interop.CudaLibrary.Function;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Records graphs with libtorch's <c>at::cuda::CUDAGraph</c>, which keeps its allocator and its random generator in step. All graphs of an
/// instance share one memory pool, since they are replayed one after the other on one stream.
/// </summary>
internal sealed unsafe class CudaGraphs : ICudaGraphs
{
    private const int ThreadLocalMode = 1; // cudaStreamCaptureModeThreadLocal
    private const int NotCapturing = 0;    // cudaStreamCaptureStatusNone
    private const int Capturing = 1;       // cudaStreamCaptureStatusActive
    private const int NotReady = 600;      // cudaErrorNotReady
    private const int GraphBytes = 16 << 10; // of an at::cuda::CUDAGraph, with much to spare

    private readonly CudaLibrary _cuda;
    private readonly nint _stream;
    private readonly torch.Device _device;
    private NativeGuard.Pair _pool; // zeros until the first graph has made one
    private int _living;

    /// <param name="cuda">The functions.</param>
    /// <param name="stream">CUDA's handle of the stream that is current on this thread.</param>
    /// <param name="device">Device of the stream.</param>
    internal CudaGraphs(CudaLibrary cuda, nint stream, torch.Device device) => (_cuda, _stream, _device) = (cuda, stream, device);

    /// <summary>Returns a recorder for this thread; null if it has no stream of its own, see <see cref="GpuThread"/>.</summary>
    internal static CudaGraphs? Open(torch.Device device) =>
        CudaLibrary.Current is { } cuda && GpuThread.IsOn(device) && GpuThread.Stream is { } stream and not 0 ? new(cuda, stream, device)
        : null;

    public ICapturedGraph Capture(Action work)
    {
        ICapturedGraph? captured = null;
        GpuGate.Run(() => captured = CaptureAlone(work));
        return captured!;
    }

    public long Bytes { get; private set; }

    private Graph CaptureAlone(Action work)
    {
        RequireHealthy(_cuda.Call(Function.StreamSynchronize, _stream));
        ReleaseCached();
        long free = Free();
        nint graph = (nint)NativeMemory.AllocZeroed(GraphBytes);
        try
        {
            NativeGuard.Call(_cuda[Function.CreateGraph], graph);
            NativeGuard.Call(_cuda[Function.BeginCapture], graph, _pool.First, _pool.Second, ThreadLocalMode);
        }
        catch (ExternalException e)
        {
            Abandon();
            throw new CaptureFailedException(NativeErrors.FirstLine(e).TrimEnd('.'), e);
        }

        Exception? failure = null;
        try
        {
            work();
        }
        catch (Exception e)
        {
            failure = e;
        }

        ExternalException? broken = End(graph);
        if (failure is not null && broken is null)
        {
            Destroy(graph);
        }

        failure ??= broken;
        if (failure is not null)
        {
            throw new CaptureFailedException(Explain(failure), failure);
        }

        _pool = NativeGuard.Call(_cuda[Function.Pool], graph);
        _living++;
        Bytes += Math.Max(0, free - Free());
        return new(this, graph);
    }

    /// <summary>
    /// Returns the memory that eager steps have left in libtorch's cache, which a recording cannot use: the cache is emptied when an
    /// allocation fails, and there is no call for it that does not need a version of libtorch.
    /// </summary>
    private void ReleaseCached()
    {
        const long MoreThanAnyGpu = 1L << 46;
        try
        {
            using torch.Tensor impossible = torch.empty([MoreThanAnyGpu], torch.ScalarType.Byte, _device);
        }
        catch (ExternalException)
        {
            _cuda.Call(Function.LastError); // clears it
        }
    }

    /// <summary>Returns the free memory of the device, in bytes; 0 if the driver does not report it.</summary>
    private long Free()
    {
        long free = 0;
        long total = 0;
        return _cuda.Call(Function.MemoryInfo, (nint)(&free), (nint)(&total)) == CudaLibrary.Success ? free : 0;
    }

    /// <summary>Ends a recording; returns the error if it is not usable.</summary>
    private ExternalException? End(nint graph)
    {
        if (Status() == Capturing)
        {
            try
            {
                NativeGuard.Call(_cuda[Function.EndCapture], graph);
                return null;
            }
            catch (ExternalException e)
            {
                Abandon();
                return e;
            }
        }

        Abandon();
        return new NativeException("another call to the GPU invalidated the recording");
    }

    /// <summary>
    /// Takes the stream out of a broken recording. The graph's memory is kept, since libtorch's allocator still refers to it. An empty
    /// recording then resets libtorch's random generator, which a broken one leaves in recording mode.
    /// </summary>
    private void Abandon()
    {
        if (Status() != NotCapturing)
        {
            nint unfinished = 0;
            _cuda.Call(Function.StreamEndCapture, _stream, (nint)(&unfinished));
        }

        _cuda.Call(Function.LastError); // clears it
        nint empty = (nint)NativeMemory.AllocZeroed(GraphBytes);
        try
        {
            NativeGuard.Call(_cuda[Function.CreateGraph], empty);
            NativeGuard.Call(_cuda[Function.BeginCapture], empty, 0, 0, ThreadLocalMode);
            NativeGuard.Call(_cuda[Function.EndCapture], empty);
            NativeGuard.Call(_cuda[Function.DestroyGraph], empty);
            NativeMemory.Free((void*)empty);
        }
        catch (ExternalException)
        {
            _cuda.Call(Function.LastError); // a GPU that is lost reports so in the next step
        }
    }

    private void Destroy(nint graph)
    {
        try
        {
            NativeGuard.Call(_cuda[Function.DestroyGraph], graph);
            NativeMemory.Free((void*)graph);
        }
        catch (ExternalException)
        {
            // the GPU is lost; the next step reports it
        }
    }

    private int Status()
    {
        int status = NotCapturing;
        int error = _cuda.Call(Function.StreamIsCapturing, _stream, (nint)(&status));
        return error == CudaLibrary.Success ? status : NotCapturing;
    }

    private void RequireHealthy(int error)
    {
        if (error is not (CudaLibrary.Success or NotReady))
        {
            throw new NativeException($"{NativeErrors.GpuFailure}: {_cuda.TextOf(error)}");
        }
    }

    private static string Explain(Exception failure) => NativeErrors.IsOutOfMemory(failure)
        ? NativeErrors.NoRoomForGraphs
        : NativeErrors.FirstLine(failure).TrimEnd('.');

    private sealed class Graph(CudaGraphs owner, nint address) : ICapturedGraph
    {
        private nint _address = address;

        public void Replay()
        {
            owner.RequireHealthy(owner._cuda.Call(Function.StreamQuery, owner._stream));
            NativeGuard.Call(owner._cuda[Function.Replay], _address);
        }

        public void Dispose()
        {
            if (_address == 0)
            {
                return;
            }

            nint address = _address;
            _address = 0;
            GpuGate.Run(() =>
            {
                owner._cuda.Call(Function.StreamSynchronize, owner._stream); // it may still run
                owner.Destroy(address);
            });
            if (--owner._living == 0)
            {
                owner._pool = default; // freed with its last graph
            }
        }
    }
}
