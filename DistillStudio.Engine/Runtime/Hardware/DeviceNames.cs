using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>What a device is called by its maker, for a run's record.</summary>
public static class DeviceNames
{
    /// <summary>Of the processor or the GPU; <c>unknown</c> where the driver gives none.</summary>
    public static string Of(torch.Device device) =>
        device.type == DeviceType.CPU ? Devices.ProcessorName() : GpuCapability.Name(Math.Max(0, device.index)) ?? "unknown";
}
