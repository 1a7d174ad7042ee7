using System.Runtime.InteropServices;
using System.Text;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>
/// Reads an NVIDIA GPU's name and capabilities from its driver. Ordinals match libtorch's: they count the GPUs visible to the process.
/// </summary>
internal static unsafe class GpuCapability
{
    /// <summary>First major compute capability with bfloat16 matrix units (8.0, Ampere).</summary>
    internal const int FirstWithBFloat16 = 8;

    private const int Success = 0;

    private static readonly string DriverName = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    private const int ComputeCapabilityMajor = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    private const int LongestName = 256;

    /// <returns>The major compute capability; null if no driver reports it.</returns>
    internal static int? Major(int ordinal)
    {
        int major = 0;
        return Find(ordinal) is { } gpu
            && NativeLibrary.TryGetExport(gpu.Driver, "cuDeviceGetAttribute", out nint attribute)
            && ((delegate* unmanaged<int*, int, int, int>)attribute)(&major, ComputeCapabilityMajor, gpu.Device) == Success
            ? major
            : null;
    }

    /// <returns>The name, such as <c>NVIDIA H100 80GB HBM3</c>; null if no driver reports it.</returns>
    internal static string? Name(int ordinal)
    {
        byte* name = stackalloc byte[LongestName];
        return Find(ordinal) is { } gpu
            && NativeLibrary.TryGetExport(gpu.Driver, "cuDeviceGetName", out nint query)
            && ((delegate* unmanaged<byte*, int, int, int>)query)(name, LongestName, gpu.Device) == Success
            ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name))
            : null;
    }

    /// <returns>The newest version of CUDA that the driver supports, with the driver's own; null if there is no driver.</returns>
    internal static string? DriverVersion()
    {
        int version = 0;
        return NativeLibrary.TryLoad(DriverName, out nint driver)
            && NativeLibrary.TryGetExport(driver, "cuDriverGetVersion", out nint query)
            && ((delegate* unmanaged<int*, int>)query)(&version) == Success
            ? $"CUDA {version}, {SystemFiles.ReadLines("/proc/driver/nvidia/version").FirstOrDefault()}"
            : null;
    }

    /// <summary>Returns the driver and the device; null if there is no such GPU, or no driver that supports it.</summary>
    private static (nint Driver, int Device)? Find(int ordinal)
    {
        int device = 0;
        return NativeLibrary.TryLoad(DriverName, out nint driver)
            && NativeLibrary.TryGetExport(driver, "cuInit", out nint initialize)
            && NativeLibrary.TryGetExport(driver, "cuDeviceGet", out nint get)
            && ((delegate* unmanaged<uint, int>)initialize)(0) == Success
            && ((delegate* unmanaged<int*, int, int>)get)(&device, ordinal) == Success
            ? (driver, device)
            : null;
    }
}
