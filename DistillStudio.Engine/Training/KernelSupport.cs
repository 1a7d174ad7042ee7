using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Decides whether a run uses own kernels on a GPU, and says why not.</summary>
public static class KernelSupport
{
    /// <summary>
    /// Tries the kernels on a GPU. Run it in a process of its own: a kernel that is wrong may make the GPU unusable for it.
    /// </summary>
    /// <param name="device">As for <see cref="Devices.Resolve"/>.</param>
    /// <returns>Null if they can be used; otherwise the reason, completing a sentence after a colon, without a full stop.</returns>
    /// <exception cref="InputException">There is no such device.</exception>
    public static string? Try(string device)
    {
        Device resolved = Devices.Resolve(device);
        if (resolved.type != DeviceType.CUDA)
        {
            return "the device is not a GPU";
        }

        GpuThread.Enter(resolved);
        var reports = new List<string>();
        using OwnKernels? kernels = OwnKernels.Open(resolved, (StudioHome?)null, reports.Add);
        try
        {
            return kernels is null ? reports.FirstOrDefault()?.TrimEnd('.') ?? "none works" : GraphTrial.CompareKernels(resolved, kernels);
        }
        catch (System.Runtime.InteropServices.ExternalException e)
        {
            return NativeErrors.FirstLine(e).TrimEnd('.');
        }
    }

    /// <summary>Prepares the kernels, once a trial of them has succeeded on this GPU.</summary>
    /// <param name="device">Device of the run.</param>
    /// <param name="home">Keeps the outcome of the trial and the compiled kernels.</param>
    /// <param name="remark">Receives a sentence for everything that cannot be used on a GPU.</param>
    /// <returns>Null on a CPU, and where no kernel can be used.</returns>
    internal static OwnKernels? Open(Device device, StudioHome home, Action<string> remark)
    {
        if (device.type != DeviceType.CUDA)
        {
            return null;
        }

        if (GraphSupport.WhyTrialFailed(device, home, [GraphSupport.KernelsFlag]) is { } reason)
        {
            remark(OwnKernels.Explain(reason));
            return null;
        }

        return OwnKernels.Open(device, home, remark);
    }
}
