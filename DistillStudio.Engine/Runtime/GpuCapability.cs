using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime;

/// <summary>What an NVIDIA GPU can do, as its driver tells.</summary>
internal static unsafe class GpuCapability
{
    /// <summary>The first whose matrix units multiply bfloat16 (compute capability 8.0, Ampere).</summary>
    internal const int FirstWithBFloat16 = 8;

    private const int Success = 0;
    private const int ComputeCapabilityMajor = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR

    /// <param name="ordinal">As libtorch counts GPUs, too: those that the process may see.</param>
    /// <returns>The first number of its compute capability; null where no driver tells.</returns>
    internal static int? Major(int ordinal)
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out nint cuda))
        {
            return null;
        }

        try
        {
            int device = 0;
            int major = 0;
            bool isTold = ((delegate* unmanaged<uint, int>)NativeLibrary.GetExport(cuda, "cuInit"))(0) == Success
                && ((delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(cuda, "cuDeviceGet"))(&device, ordinal) == Success
                && ((delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(cuda, "cuDeviceGetAttribute"))(&major, ComputeCapabilityMajor, device) == Success;
            return isTold ? major : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a driver too old to tell
        }
    }
}
