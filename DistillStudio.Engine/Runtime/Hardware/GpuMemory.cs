using System.Runtime.InteropServices;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>
/// Measures the memory that this process, including its libraries, uses on an NVIDIA GPU, through the driver's management library (NVML).
/// </summary>
internal sealed unsafe class GpuMemory
{
    private const int Success = 0;
    private const int InsufficientSize = 7; // NVML_ERROR_INSUFFICIENT_SIZE
    private const int MostProcesses = 256;

    /// <summary>NVML's value for a figure that the driver does not report.</summary>
    private const ulong NotAvailable = ulong.MaxValue;

    private readonly nint _nvml;
    private readonly nint _device;
    private readonly long? _usedBefore;

    private GpuMemory(nint nvml, nint device)
    {
        (_nvml, _device) = (nvml, device);
        _usedBefore = UsedByAll();
    }

    /// <summary>
    /// Must be called before the process allocates anything on the GPU. Returns null if the driver has no management library.
    /// </summary>
    internal static GpuMemory? Open(torch.Device device) => GpuGauge.Find(device) is { } found ? new(found.Nvml, found.Handle) : null;

    /// <summary>Returns the bytes in use; null if the driver does not report them.</summary>
    internal long? Read() => Of(UsedByEach(), Environment.ProcessId, UsedByAll(), _usedBefore);

    /// <summary>
    /// Returns the driver's figure for this process; where processes cannot be distinguished, as in a container, returns the growth of the
    /// whole device's usage since opening.
    /// </summary>
    /// <param name="processes">Processes on the device and the bytes that each uses.</param>
    /// <param name="process">ID of this process.</param>
    /// <param name="used">Current usage of the whole device, in bytes.</param>
    /// <param name="usedBefore">Usage of the whole device when opened, in bytes.</param>
    internal static long? Of(IEnumerable<(uint Process, ulong Bytes)> processes, int process, long? used, long? usedBefore)
    {
        ulong[] own = [.. processes.Where(p => p.Process == process && p.Bytes != NotAvailable).Select(p => p.Bytes)];
        return own.Length > 0 ? (long)own.Max() : used - usedBefore is { } grown and >= 0 ? grown : null;
    }

    private long? UsedByAll()
    {
        Memory memory;
        return NativeLibrary.TryGetExport(_nvml, "nvmlDeviceGetMemoryInfo", out nint query)
            && ((delegate* unmanaged<nint, Memory*, int>)query)(_device, &memory) == Success
            ? (long)memory.Used
            : null;
    }

    private (uint Process, ulong Bytes)[] UsedByEach()
    {
        uint count = MostProcesses;
        var processes = new OfProcess[MostProcesses];
        fixed (OfProcess* first = processes)
        {
            return NativeLibrary.TryGetExport(_nvml, "nvmlDeviceGetComputeRunningProcesses_v3", out nint query)
                && ((delegate* unmanaged<nint, uint*, OfProcess*, int>)query)(_device, &count, first) is Success or InsufficientSize
                ? [.. processes.Take((int)Math.Min(count, MostProcesses)).Select(p => (p.Id, p.Bytes))]
                : [];
        }
    }

    /// <summary>nvmlMemory_t, in bytes.</summary>
    private struct Memory
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }

    /// <summary>nvmlProcessInfo_t.</summary>
    private struct OfProcess
    {
        public uint Id;
        public ulong Bytes;
        public uint GpuInstance;
        public uint ComputeInstance;
    }
}
