using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Copies values from the host to the device.</summary>
internal static class HostTransfer
{
    /// <returns>[values.Length]. On a GPU the copy is asynchronous: it is queued among the kernels and reads pinned memory.</returns>
    internal static Tensor Send(long[] values, Device device) => Send(tensor(values), device);

    /// <inheritdoc cref="Send(long[], Device)"/>
    internal static Tensor Send(float[] values, Device device) => Send(tensor(values), device);

    private static Tensor Send(Tensor host, Device device)
    {
        if (device.type != DeviceType.CUDA)
        {
            return host;
        }

        using (host)
        using (Tensor pinned = host.pin_memory())
        {
            return pinned.to(device, non_blocking: true);
        }
    }
}
