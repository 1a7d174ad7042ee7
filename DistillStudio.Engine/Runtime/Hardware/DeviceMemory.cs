using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Tracks the peak memory that this process uses on its compute device: GPU memory on a GPU, otherwise main memory.</summary>
/// <param name="used">Returns the bytes in use now, or the peak so far; null if unavailable.</param>
public sealed class DeviceMemory(Func<long?> used)
{
    /// <summary>Starts tracking. Must be called before the process allocates anything on the device.</summary>
    public static DeviceMemory Open(torch.Device device) => device.type == DeviceType.CUDA
        ? GpuMemory.Open(device) is { } gpu ? new(gpu.Read) : new(() => null)
        : new(() => MemoryGauge.Peak());

    /// <summary>As <see cref="Open(torch.Device)"/>, for a value of <c>--device</c>.</summary>
    public static DeviceMemory Open(string device) => Open(Devices.Resolve(device));

    /// <summary>Bytes; null if unavailable.</summary>
    public long? Peak { get; private set; }

    /// <summary>
    /// Samples the usage and keeps the peak. libtorch caches what it has allocated, so sampling between steps misses little.
    /// </summary>
    public void Sample()
    {
        if (used() is { } now && !(Peak >= now))
        {
            Peak = now;
        }
    }
}
