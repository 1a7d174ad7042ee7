using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>The most memory that this process has taken of the device it computes on: of a GPU where it computes there, else of the machine.</summary>
/// <param name="used">Bytes taken now, or at most until now; null where nobody can tell.</param>
public sealed class DeviceMemory(Func<long?> used)
{
    /// <summary>To be opened before the process puts anything on the device.</summary>
    public static DeviceMemory Open(torch.Device device) => device.type == DeviceType.CUDA
        ? GpuMemory.Open(device) is { } gpu ? new(gpu.Read) : new(() => null)
        : new(() => MemoryGauge.Peak());

    /// <summary>As <see cref="Open(torch.Device)"/>, for a device as <c>--device</c> names it.</summary>
    public static DeviceMemory Open(string device) => Open(Devices.Resolve(device));

    /// <summary>Bytes; null where nobody can tell.</summary>
    public long? Peak { get; private set; }

    /// <summary>Looks, and keeps the most. libtorch keeps what it has once fetched, so that looking between two steps misses little.</summary>
    public void Look()
    {
        if (used() is { } now && !(Peak >= now))
        {
            Peak = now;
        }
    }
}
