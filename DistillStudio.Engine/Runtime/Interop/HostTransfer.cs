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

    /// <summary>Overwrites a tensor, in the same way.</summary>
    /// <param name="target">Contiguous, of values.Length elements.</param>
    internal static void Fill(Tensor target, long[] values) => Fill(target, tensor(values));

    /// <inheritdoc cref="Fill(Tensor, long[])"/>
    internal static void Fill(Tensor target, float[] values) => Fill(target, tensor(values));

    private static void Fill(Tensor target, Tensor host)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = target.view(-1);
        if (target.device_type == DeviceType.CUDA)
        {
            flat.copy_(host.pin_memory(), true); // libtorch reuses pinned memory only after the copy
        }
        else
        {
            flat.copy_(host);
        }

        host.Dispose(); // made outside of the scope
    }

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
