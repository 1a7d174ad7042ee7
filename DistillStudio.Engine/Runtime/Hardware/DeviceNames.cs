using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Provides the vendor's name of a device, for a run's record.</summary>
public static class DeviceNames
{
    /// <summary>Returns the name of the processor or the GPU; <c>unknown</c> if the driver reports none.</summary>
    public static string Of(torch.Device device) =>
        device.type == DeviceType.CPU ? Devices.ProcessorName() : GpuCapability.Name(Math.Max(0, device.index)) ?? "unknown";
}
