using System.Runtime.InteropServices;
using System.Text;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>CUDA's driver library, and libtorch's current stream, both called by name.</summary>
internal sealed unsafe class CudaDriver : ICudaDriver
{
    private const int Success = 0;
    private const int ErrorLog = 5;      // CU_JIT_ERROR_LOG_BUFFER
    private const int ErrorLogBytes = 6; // CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
    private const int LongestLog = 4096;

    private static readonly string[] DriverNames =
    [
        "cuModuleLoadDataEx", "cuModuleGetFunction", "cuModuleUnload", "cuLaunchKernel", "cuGetErrorName", "cuCtxGetCurrent",
        "cuCtxSetCurrent", "cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain",
    ];

    private readonly nint[] _driver;
    private readonly delegate* unmanaged<sbyte, Stream> _currentStream;
    private readonly delegate* unmanaged<Stream*, nint> _streamHandle;
    private readonly sbyte _device;
    private nint _context;

    /// <param name="driver">Addresses of the driver's functions, in the order of their names here.</param>
    /// <param name="currentStream">Address of libtorch's function that returns a device's current stream.</param>
    /// <param name="streamHandle">Address of libtorch's function that returns CUDA's handle of a stream.</param>
    /// <param name="device">Index of the GPU.</param>
    internal CudaDriver(nint[] driver, nint currentStream, nint streamHandle, int device)
    {
        _driver = driver;
        _currentStream = (delegate* unmanaged<sbyte, Stream>)currentStream;
        _streamHandle = (delegate* unmanaged<Stream*, nint>)streamHandle;
        _device = (sbyte)device;
    }

    /// <summary>Finds the libraries and their functions.</summary>
    /// <param name="device">Index of the GPU.</param>
    /// <param name="whyNot">What is missing, completing a sentence after a colon; null if nothing is.</param>
    internal static CudaDriver? Find(int device, out string? whyNot)
    {
        whyNot = null;
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out nint library))
        {
            whyNot = "no NVIDIA driver is installed";
            return null;
        }

        var addresses = new nint[DriverNames.Length];
        for (int i = 0; i < addresses.Length; i++)
        {
            if (!NativeLibrary.TryGetExport(library, DriverNames[i], out addresses[i]))
            {
                whyNot = $"the NVIDIA driver has no {DriverNames[i]}";
                return null;
            }
        }

        // The names are those of Linux; CUDAStream is returned in two registers there.
        const string Current = "_ZN3c104cuda20getCurrentCUDAStreamEa";
        const string Handle = "_ZNK3c104cuda10CUDAStream6streamEv";
        if (LibTorch.LoadedPath("libc10_cuda.so") is not { } path || !NativeLibrary.TryLoad(path, out nint c10)
            || !NativeLibrary.TryGetExport(c10, Current, out nint current) || !NativeLibrary.TryGetExport(c10, Handle, out nint handle))
        {
            whyNot = $"libtorch has no {Current} or {Handle} in libc10_cuda";
            return null;
        }

        return new(addresses, current, handle, device);
    }

    public nint Load(PtxModule module)
    {
        byte[] assembly = [.. Encoding.UTF8.GetBytes(module.Assembly), 0];
        byte[] name = [.. Encoding.UTF8.GetBytes(module.EntryPoint), 0];
        byte* log = stackalloc byte[LongestLog];
        log[0] = 0;
        EnterContext();
        int* options = stackalloc int[] { ErrorLog, ErrorLogBytes };
        nint* values = stackalloc nint[] { (nint)log, LongestLog - 1 };
        nint loaded;
        nint function;
        fixed (byte* assemblyData = assembly, nameData = name)
        {
            int error = ((delegate* unmanaged<nint*, byte*, uint, int*, nint*, int>)_driver[0])(&loaded, assemblyData, 2, options, values);
            if (error != Success)
            {
                string why = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(log));
                throw new StudioException($"The NVIDIA driver cannot compile {module.EntryPoint} ({NameOf(error)}).", why);
            }

            error = ((delegate* unmanaged<nint*, nint, byte*, int>)_driver[1])(&function, loaded, nameData);
            if (error != Success)
            {
                _ = ((delegate* unmanaged<nint, int>)_driver[2])(loaded);
                throw new StudioException($"The NVIDIA driver finds no kernel {module.EntryPoint} ({NameOf(error)}).");
            }
        }

        return function;
    }

    public void Launch(nint function, int groups, int threads, ReadOnlySpan<byte> arguments, int count)
    {
        EnterContext();
        Stream stream = _currentStream(_device);
        nint handle = _streamHandle(&stream);
        byte** pointers = stackalloc byte*[count];
        fixed (byte* bytes = arguments)
        {
            for (int i = 0; i < count; i++)
            {
                pointers[i] = bytes + (i * KernelArgument.Bytes);
            }

            int error = ((delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, byte**, void**, int>)_driver[3])(
                function, (uint)groups, 1, 1, (uint)threads, 1, 1, 0, handle, pointers, null);
            if (error != Success)
            {
                throw new StudioException($"The NVIDIA driver does not launch a kernel ({NameOf(error)}).");
            }
        }
    }

    /// <summary>
    /// Makes the GPU's context current on this thread: the one that CUDA's runtime, and so libtorch, uses for it. Another GPU's may be
    /// current, and none on a thread of autograd's that has not used the GPU yet.
    /// </summary>
    private void EnterContext()
    {
        if (_context == 0)
        {
            _context = RetainContext();
        }

        nint current;
        if (((delegate* unmanaged<nint*, int>)_driver[5])(&current) != Success || current != _context)
        {
            Require(((delegate* unmanaged<nint, int>)_driver[6])(_context));
        }
    }

    private nint RetainContext()
    {
        int device;
        nint context;
        Require(((delegate* unmanaged<uint, int>)_driver[7])(0));
        Require(((delegate* unmanaged<int*, int, int>)_driver[8])(&device, _device));
        Require(((delegate* unmanaged<nint*, int, int>)_driver[9])(&context, device));
        return context;
    }

    private void Require(int error)
    {
        if (error != Success)
        {
            throw new StudioException($"The NVIDIA driver has no context for GPU {_device} ({NameOf(error)}).");
        }
    }

    private string NameOf(int error)
    {
        byte* name;
        return ((delegate* unmanaged<int, byte**, int>)_driver[4])(error, &name) == Success
            ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name))
            : $"error {error}";
    }

    /// <summary>libtorch's CUDAStream: two words.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Stream
    {
        internal long First;
        internal long Second;
    }
}
