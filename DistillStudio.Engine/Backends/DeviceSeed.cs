using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>Seeds the generator from which dropout on a GPU is drawn.</summary>
internal static class DeviceSeed
{
    /// <summary>
    /// Does nothing on a CPU, where dropout comes from shared masks. With several GPUs only the thread's own is seeded, since runs on the
    /// others draw from theirs at the same time.
    /// </summary>
    /// <param name="device">Device of the model; on a machine with several GPUs the current one of this thread.</param>
    /// <param name="seed">Seed of the batch.</param>
    internal static void Set(Device device, ulong seed)
    {
        if (device.type != DeviceType.CUDA)
        {
            return;
        }

        if (cuda.device_count() > 1 && GpuThread.IsOn(device))
        {
            cuda.manual_seed((long)seed);
        }
        else
        {
            cuda.manual_seed_all((long)seed);
        }
    }
}
