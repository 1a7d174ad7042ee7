using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Functions of libtorch and of CUDA's runtime library that TorchSharp does not wrap, looked up by name. Names differ between versions of
/// libtorch; those of 2.10 and 2.11 are known.
/// </summary>
internal sealed unsafe class CudaLibrary
{
    internal const int Success = 0;

    private static readonly Lazy<(CudaLibrary? Library, string? Missing)> Found = new(Find);

    private readonly Dictionary<Function, nint> _addresses;

    /// <param name="addresses">Address of each function.</param>
    internal CudaLibrary(Dictionary<Function, nint> addresses) => _addresses = addresses;

    /// <summary>The functions used; those of C do not throw.</summary>
    internal enum Function
    {
        StreamFromPool,
        SetCurrentStream,
        StreamHandle,
        CreateGraph,
        BeginCapture,
        EndCapture,
        Replay,
        Pool,
        DestroyGraph,
        SetDevice,
        StreamIsCapturing,
        StreamEndCapture,
        StreamSynchronize,
        StreamQuery,
        LastError,
        ErrorText,
        MemoryInfo,
    }

    /// <summary>Where each function lives, with its names in the known versions.</summary>
    internal static IReadOnlyList<(Function Function, string Library, string[] Names)> Names { get; } =
    [
        (Function.StreamFromPool, "c10_cuda", ["_ZN3c104cuda17getStreamFromPoolEba"]),
        (Function.SetCurrentStream, "c10_cuda", ["_ZN3c104cuda20setCurrentCUDAStreamENS0_10CUDAStreamE"]),
        (Function.StreamHandle, "c10_cuda", ["_ZNK3c104cuda10CUDAStream6streamEv"]),
        (Function.CreateGraph, "torch_cuda", ["_ZN2at4cuda9CUDAGraphC1Eb", "_ZN2at4cuda9CUDAGraphC2Eb"]),
        (Function.BeginCapture, "torch_cuda", ["_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode"]),
        (Function.EndCapture, "torch_cuda", ["_ZN2at4cuda9CUDAGraph11capture_endEv"]),
        (Function.Replay, "torch_cuda", ["_ZN2at4cuda9CUDAGraph6replayEv"]),
        (Function.Pool, "torch_cuda", ["_ZN2at4cuda9CUDAGraph4poolEv"]),
        (Function.DestroyGraph, "torch_cuda", ["_ZN2at4cuda9CUDAGraphD1Ev", "_ZN2at4cuda9CUDAGraphD2Ev"]),
        (Function.SetDevice, Runtime, ["cudaSetDevice"]),
        (Function.StreamIsCapturing, Runtime, ["cudaStreamIsCapturing"]),
        (Function.StreamEndCapture, Runtime, ["cudaStreamEndCapture"]),
        (Function.StreamSynchronize, Runtime, ["cudaStreamSynchronize"]),
        (Function.StreamQuery, Runtime, ["cudaStreamQuery"]),
        (Function.LastError, Runtime, ["cudaGetLastError"]),
        (Function.ErrorText, Runtime, ["cudaGetErrorString"]),
        (Function.MemoryInfo, Runtime, ["cudaMemGetInfo"]),
    ];

    /// <summary>The functions; null if one is missing.</summary>
    internal static CudaLibrary? Current => Found.Value.Library;

    /// <summary>Why <see cref="Current"/> is null, completing a sentence after a colon.</summary>
    internal static string? WhyMissing => Found.Value.Missing;

    internal nint this[Function function] => _addresses[function];

    /// <summary>Calls a function of the C runtime with up to two arguments; returns its error code.</summary>
    internal int Call(Function function, nint first = 0, nint second = 0) =>
        ((delegate* unmanaged<nint, nint, int>)_addresses[function])(first, second);

    /// <summary>Returns CUDA's text for an error code.</summary>
    internal string TextOf(int error) =>
        Marshal.PtrToStringUTF8(((delegate* unmanaged<int, nint>)_addresses[Function.ErrorText])(error)) ?? $"error {error}";

    private const string Runtime = "cudart";

    private static (CudaLibrary? Library, string? Missing) Find()
    {
        if (!LibTorch.Load())
        {
            return (null, "libtorch cannot use a GPU here");
        }

        if (!NativeGuard.IsAvailable)
        {
            return (null, "they need Linux on an x64 processor");
        }

        var addresses = new Dictionary<Function, nint>();
        foreach ((Function function, string library, string[] names) in Names)
        {
            if (Find(library, names) is not { } address)
            {
                return (null, $"libtorch {LibTorchVersion.Current} has no {names[0]} in lib{library}");
            }

            addresses[function] = address;
        }

        return (new(addresses), null);
    }

    /// <summary>Finds a name in a library that libtorch has loaded; the C runtime's file name has a version or a hash.</summary>
    private static nint? Find(string library, string[] names)
    {
        string file = library == Runtime ? $"lib{library}" : $"lib{library}.so";
        if (LibTorch.LoadedPath(file) is not { } path || !NativeLibrary.TryLoad(path, out nint handle))
        {
            return null;
        }

        foreach (string name in names)
        {
            if (NativeLibrary.TryGetExport(handle, name, out nint address))
            {
                return address;
            }
        }

        return null;
    }
}
