using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Memory that this process takes of an NVIDIA GPU, its libraries' included, as the driver's management library (NVML) tells it.</summary>
internal sealed unsafe class GpuMemory
{
    private const int Success = 0;
    private const int InsufficientSize = 7; // NVML_ERROR_INSUFFICIENT_SIZE
    private const int MostProcesses = 256;

    /// <summary>Stands in NVML for a figure that the driver does not give out.</summary>
    private const ulong NotAvailable = ulong.MaxValue;

    private readonly nint _nvml;
    private readonly nint _device;
    private readonly long? _usedBefore;

    private GpuMemory(nint nvml, nint device)
    {
        (_nvml, _device) = (nvml, device);
        _usedBefore = UsedByAll();
    }

    /// <summary>To be opened before the process puts anything on the GPU. Null where the driver brings no management library.</summary>
    internal static GpuMemory? Open(torch.Device device) => GpuGauge.Find(device) is { } found ? new(found.Nvml, found.Handle) : null;

    /// <summary>Bytes; null where the driver does not tell.</summary>
    internal long? Read() => Of(UsedByEach(), Environment.ProcessId, UsedByAll(), _usedBefore);

    /// <summary>What the driver says of this process; where it cannot tell processes apart, as in a container, what came to the whole device since this was opened.</summary>
    /// <param name="processes">Process and bytes of each on the device.</param>
    /// <param name="process">This one.</param>
    /// <param name="used">Of the whole device, now.</param>
    /// <param name="usedBefore">Of the whole device, at the beginning.</param>
    internal static long? Of(IEnumerable<(uint Process, ulong Bytes)> processes, int process, long? used, long? usedBefore)
    {
        ulong[] own = [.. processes.Where(p => p.Process == process && p.Bytes != NotAvailable).Select(p => p.Bytes)];
        return own.Length > 0 ? (long)own.Max() : used - usedBefore is { } grown and >= 0 ? grown : null;
    }

    private long? UsedByAll()
    {
        Memory memory;
        return NativeLibrary.TryGetExport(_nvml, "nvmlDeviceGetMemoryInfo", out nint ask) && ((delegate* unmanaged<nint, Memory*, int>)ask)(_device, &memory) == Success
            ? (long)memory.Used
            : null;
    }

    private (uint Process, ulong Bytes)[] UsedByEach()
    {
        uint count = MostProcesses;
        var processes = new OfProcess[MostProcesses];
        fixed (OfProcess* first = processes)
        {
            return NativeLibrary.TryGetExport(_nvml, "nvmlDeviceGetComputeRunningProcesses_v3", out nint ask)
                && ((delegate* unmanaged<nint, uint*, OfProcess*, int>)ask)(_device, &count, first) is Success or InsufficientSize
                ? [.. processes.Take((int)Math.Min(count, MostProcesses)).Select(p => (p.Id, p.Bytes))]
                : [];
        }
    }

    /// <summary>nvmlMemory_t: bytes.</summary>
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
