using System.Diagnostics;
using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>How busy an NVIDIA GPU is, as the driver's management library (NVML) tells it; read at most twice a second.</summary>
public sealed unsafe class GpuGauge
{
    private const int Success = 0;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private readonly delegate* unmanaged<nint, Utilization*, int> _utilization;
    private readonly nint _device;
    private long? _readAt;
    private double? _share;

    private GpuGauge(nint nvml, nint device)
    {
        _utilization = (delegate* unmanaged<nint, Utilization*, int>)NativeLibrary.GetExport(nvml, "nvmlDeviceGetUtilizationRates");
        _device = device;
    }

    /// <summary>Null on the CPU, and where the driver brings no management library.</summary>
    public static GpuGauge? Open(torch.Device device)
    {
        try
        {
            return Find(device) is { } found ? new(found.Nvml, found.Handle) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a driver too old to tell
        }
    }

    /// <summary>The management library and its handle of a GPU; null on the CPU, and where the driver brings no such library.</summary>
    internal static (nint Nvml, nint Handle)? Find(torch.Device device)
    {
        if (device.type != DeviceType.CUDA
            || !NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1", out nint nvml)
            || !NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out nint cuda))
        {
            return null;
        }

        try
        {
            return Find(nvml, cuda, Math.Max(0, device.index)) is { } handle ? (nvml, handle) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a driver too old to tell
        }
    }

    /// <summary>Share of the driver's last sample period (a sixth of a second to a second) with a kernel running, in [0, 1]; null where the GPU does not tell.</summary>
    public double? Read()
    {
        if (_readAt is not { } at || Stopwatch.GetElapsedTime(at) >= Interval)
        {
            Utilization now;
            _share = _utilization(_device, &now) == Success ? now.Gpu / 100.0 : null;
            _readAt = Stopwatch.GetTimestamp();
        }

        return _share;
    }

    /// <summary>CUDA numbers the GPUs it is allowed to see in an order of its own; the place on the bus is what both libraries agree on.</summary>
    private static nint? Find(nint nvml, nint cuda, int ordinal)
    {
        const int Length = 32;
        byte* place = stackalloc byte[Length];
        int device = 0;
        nint handle = 0;
        bool isFound = ((delegate* unmanaged<uint, int>)NativeLibrary.GetExport(cuda, "cuInit"))(0) == Success
            && ((delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(cuda, "cuDeviceGet"))(&device, ordinal) == Success
            && ((delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(cuda, "cuDeviceGetPCIBusId"))(place, Length, device) == Success
            && ((delegate* unmanaged<int>)NativeLibrary.GetExport(nvml, "nvmlInit_v2"))() == Success
            && ((delegate* unmanaged<byte*, nint*, int>)NativeLibrary.GetExport(nvml, "nvmlDeviceGetHandleByPciBusId_v2"))(place, &handle) == Success;
        return isFound ? handle : null;
    }

    /// <summary>nvmlUtilization_t: percent.</summary>
    private struct Utilization
    {
        public uint Gpu;
        public uint Memory;
    }
}
