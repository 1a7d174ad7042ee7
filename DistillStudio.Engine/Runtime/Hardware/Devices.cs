using System.Globalization;
using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;

namespace DistillStudio.Engine.Runtime.Hardware;

/// <summary>Resolves <c>auto</c>, <c>cpu</c>, <c>cuda</c> and <c>cuda:n</c> to an available device.</summary>
public static class Devices
{
    /// <exception cref="InputException">The name is invalid or there is no such GPU; the message says how to get one.</exception>
    public static torch.Device Resolve(string name)
    {
        if (!IsName(name))
        {
            throw new InputException($"--device {name} is not a device; use auto, cpu, cuda or cuda:n.");
        }

        bool hasCuda = LibTorch.Load();
        if (name == "cpu" || (name == "auto" && !hasCuda))
        {
            CpuTuning.Apply();
            return torch.CPU;
        }

        if (!hasCuda)
        {
            throw new InputException($"--device {name}: {WhyNoGpu(Visible)}");
        }

        int index = OrdinalOf(name);
        int count = torch.cuda.device_count();
        return index < count
            ? torch.device(DeviceType.CUDA, index)
            : throw new InputException($"--device {name}: {CountOf(count, Visible)}, numbered from 0; use cuda:{count - 1} or less.");
    }

    /// <summary>Returns the number of the GPU that a valid name means; 0 if it names none.</summary>
    internal static int OrdinalOf(string name) =>
        name.StartsWith("cuda:", StringComparison.Ordinal) ? int.Parse(name.AsSpan(5), CultureInfo.InvariantCulture) : 0;

    /// <summary>Returns true if the text is a valid device name, whether or not the device exists.</summary>
    public static bool IsName(string name) =>
        name is "auto" or "cpu" or "cuda"
        || (
            name.StartsWith("cuda:", StringComparison.Ordinal) && name.Length is > 5 and < 8
                && name.AsSpan(5).IndexOfAnyExceptInRange('0', '9') < 0);

    /// <summary>
    /// Returns every device that a run can train on, as accepted by <see cref="Resolve"/>: <c>cpu</c> first, then the GPUs.
    /// </summary>
    /// <exception cref="StudioException">libtorch cannot be loaded.</exception>
    public static IReadOnlyList<string> All() =>
        LibTorch.Load() ? ["cpu", .. Enumerable.Range(0, torch.cuda.device_count()).Select(i => $"cuda:{i}")] : ["cpu"];

    /// <summary>Waits until the device has finished its queued work; returns immediately on a CPU.</summary>
    public static void Synchronize(torch.Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            GpuGate.Run(() => torch.cuda.synchronize(device));
        }
    }

    /// <summary>Returns a one-line hint for a user whose GPU is idle; null if there is no GPU or it is in use.</summary>
    public static string? IdleGpuHint(torch.Device device) =>
        device.type == DeviceType.CPU && LibTorch.IsNvidiaDriverPresent && !LibTorch.Load()
            ? $"This machine has an NVIDIA driver, but runs use the CPU: {WhyNoGpu(LibTorch.HasCuda, Visible)}"
            : null;

    /// <summary>Returns processor, cores and operating system, for a run's record.</summary>
    public static string DescribeMachine() =>
        $"{ProcessorName()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, "
            + $"{RuntimeInformation.FrameworkDescription}";

    private const string HowToUseGpu =
        $"build with `-p:Torch=cuda`, or point {LibTorch.FolderVariable} at the torch/lib folder of a PyTorch with CUDA";

    private const string VisibleVariable = "CUDA_VISIBLE_DEVICES";

    private static string? Visible => Environment.GetEnvironmentVariable(VisibleVariable);

    private static string WhyNoGpu(string? visible) => LibTorch.IsNvidiaDriverPresent
        ? WhyNoGpu(LibTorch.HasCuda, visible)
        : "no NVIDIA driver was found on this machine; use --device cpu.";

    /// <summary>Returns why there is no GPU although there is a driver, as the end of a sentence.</summary>
    /// <param name="isCudaBuild">Whether libtorch is one with CUDA.</param>
    /// <param name="visible">Value of <c>CUDA_VISIBLE_DEVICES</c>; null if it is not set.</param>
    internal static string WhyNoGpu(bool isCudaBuild, string? visible) =>
        !isCudaBuild ? $"this is the CPU build; {HowToUseGpu}."
        : visible is not null ? $"{VisibleVariable}={visible} leaves this process no GPU; unset it, or name those of `nvidia-smi -L`."
        : $"libtorch finds no GPU that it can use; check that `nvidia-smi` lists one, "
            + $"and that its driver is recent enough for this libtorch.";

    /// <summary>Returns the number of GPUs, as the beginning of a sentence.</summary>
    /// <param name="count">Number of GPUs visible to the process.</param>
    /// <param name="visible">Value of <c>CUDA_VISIBLE_DEVICES</c>; null if it is not set.</param>
    internal static string CountOf(int count, string? visible) => visible is null
        ? $"this machine has {count} GPU(s)"
        : $"{VisibleVariable}={visible} shows this process {count} GPU(s)";

    internal static string ProcessorName()
    {
        const string Key = "model name";
        string? line = SystemFiles.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal));
        return line is null
            ? RuntimeInformation.ProcessArchitecture.ToString()
            : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
