using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Measures the utilization of an NVIDIA GPU through the driver's management library (NVML), at most twice a second.</summary>
public sealed unsafe class GpuGauge
{
    private const int Success = 0;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private readonly delegate* unmanaged<nint, Utilization*, int> _utilization;
    private readonly nint _device;
    private long? _readAt;
    private double? _lastUtilization;

    private GpuGauge(nint nvml, nint device)
    {
        _utilization = (delegate* unmanaged<nint, Utilization*, int>)NativeLibrary.GetExport(nvml, "nvmlDeviceGetUtilizationRates");
        _device = device;
    }

    /// <summary>Opens the gauge; returns null on the CPU, and if the driver has no management library.</summary>
    public static GpuGauge? Open(torch.Device device)
    {
        try
        {
            return Find(device) is { } found ? new(found.Nvml, found.Handle) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // the driver is too old
        }
    }

    /// <summary>Returns the management library and its handle of a GPU; null on the CPU, and if the driver has no such library.</summary>
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
            return null; // the driver is too old
        }
    }

    /// <summary>
    /// Returns the fraction of the driver's last sample period (a sixth of a second to a second) with a kernel running, in [0, 1]; null
    /// if the GPU does not report it.
    /// </summary>
    public double? Read()
    {
        if (_readAt is not { } at || Stopwatch.GetElapsedTime(at) >= Interval)
        {
            Utilization now;
            _lastUtilization = _utilization(_device, &now) == Success ? now.Gpu / 100.0 : null;
            _readAt = Stopwatch.GetTimestamp();
        }

        return _lastUtilization;
    }

    /// <summary>
    /// Finds the GPU by its bus address, because CUDA numbers the visible GPUs in its own order and both libraries share only the
    /// address.
    /// </summary>
    private static nint? Find(nint nvml, nint cuda, int ordinal)
    {
        const int Length = 32;
        byte* place = stackalloc byte[Length];
        int device = 0;
        nint handle = 0;
        var start = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(cuda, "cuInit");
        var getDevice = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(cuda, "cuDeviceGet");
        var getAddress = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(cuda, "cuDeviceGetPCIBusId");
        var startNvml = (delegate* unmanaged<int>)NativeLibrary.GetExport(nvml, "nvmlInit_v2");
        var getHandle = (delegate* unmanaged<byte*, nint*, int>)NativeLibrary.GetExport(nvml, "nvmlDeviceGetHandleByPciBusId_v2");
        bool isFound = start(0) == Success
            && getDevice(&device, ordinal) == Success
            && getAddress(place, Length, device) == Success
            && startNvml() == Success
            && getHandle(place, &handle) == Success;
        return isFound ? handle : null;
    }

    /// <summary>nvmlUtilization_t, in percent.</summary>
    private struct Utilization
    {
        public uint Gpu;
        public uint Memory;
    }
}
