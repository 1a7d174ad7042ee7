using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Provides the vendor's name of a device, for a run's record.</summary>
public static class DeviceNames
{
    /// <summary>Returns the vendor's name of a device such as <c>cuda:0</c>.</summary>
    /// <exception cref="InputException">There is no such device.</exception>
    public static string Of(string device) => Of(Devices.Resolve(device));

    /// <summary>Returns the name of the processor or the GPU; <c>unknown</c> if the driver reports none.</summary>
    public static string Of(torch.Device device) =>
        device.type == DeviceType.CPU ? Devices.ProcessorName() : GpuCapability.Name(Math.Max(0, device.index)) ?? "unknown";
}
