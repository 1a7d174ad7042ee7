using System.Collections.Concurrent;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>Own kernels on a GPU, each tried before it is used.</summary>
internal sealed class OwnKernels : IDisposable
{
    private readonly IKernelLauncher? _launcher;
    private readonly ConcurrentQueue<string> _notices;

    private OwnKernels(IKernelLauncher? launcher, FusedOperations operations, ConcurrentQueue<string> notices)
    {
        _launcher = launcher;
        _notices = notices;
        Operations = operations;
    }

    internal FusedOperations Operations { get; }

    /// <summary>The same steps by libtorch's operators, which kernels are compared with.</summary>
    internal static OwnKernels Reference => new(null, new(new TorchOperations(), new TorchOperations(), _ => { }), new());

    /// <summary>Prepares the kernels for a GPU. libtorch must have used it on this thread.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="home">Keeps the compiled kernels.</param>
    /// <param name="report">Receives a sentence for everything that is not used, except attention that is not wanted.</param>
    /// <param name="usesAttention">Whether attention may be computed by own kernels, which is not faster everywhere.</param>
    /// <returns>Null on a CPU, and if no kernel can be used.</returns>
    internal static OwnKernels? Open(Device device, StudioHome home, Action<string> report, bool usesAttention)
    {
        if (device.type != DeviceType.CUDA)
        {
            return null;
        }

        if (FindLauncher(Math.Max(0, device.index), home, out string? whyNot) is { } launcher)
        {
            return Open(device, launcher, report, usesAttention);
        }

        report(Explain(whyNot!));
        return null;
    }

    /// <summary>Returns the sentence for the log.</summary>
    internal static string Explain(string reason) =>
        $"The program's own GPU kernels are not used, libtorch's operators take their place: {reason}.";

    /// <param name="index">Index of the GPU.</param>
    /// <param name="home">Keeps the compiled kernels.</param>
    /// <param name="whyNot">Why there is none; null if there is one.</param>
    internal static CudaLauncher? FindLauncher(int index, StudioHome home, out string? whyNot)
    {
        if (CudaDriver.Find(index, out whyNot) is not { } driver)
        {
            return null;
        }

        if (TargetFor(GpuCapability.Major(index)) is { } target)
        {
            return new(driver, new PtxCompiler(target, new PtxCache(home.Kernels)));
        }

        whyNot = "they need a GPU of compute capability 7.0 or higher";
        return null;
    }

    /// <summary>Returns true if kernels can be compiled for a GPU.</summary>
    /// <param name="capability">The major version of its compute capability; null if it is not known.</param>
    internal static bool CanRunOn(int? capability) => TargetFor(capability) is not null;

    /// <inheritdoc cref="Open(Device, StudioHome, Action{string}, bool)"/>
    /// <param name="launcher">Runs the kernels on <paramref name="device"/>; disposed with the result.</param>
    internal static OwnKernels? Open(Device device, IKernelLauncher launcher, Action<string> report, bool usesAttention = true)
    {
        var kernels = new GpuOperations(launcher);
        var reference = new TorchOperations();
        var notices = new ConcurrentQueue<string>();
        var operations = new FusedOperations(kernels, reference, notices.Enqueue);
        if (!usesAttention)
        {
            operations.LeaveOut(FusedOperation.Attention, null);
        }

        IEnumerable<FusedOperation> wanted = Enum.GetValues<FusedOperation>().Except(operations.LeftOut);
        foreach ((FusedOperation operation, string why) in KernelTrial.Run(kernels, reference, device, wanted))
        {
            operations.LeaveOut(operation, why);
        }

        while (notices.TryDequeue(out string? notice))
        {
            report(notice);
        }

        if (operations.LeftOut.Count < Enum.GetValues<FusedOperation>().Length)
        {
            return new(launcher, operations, notices);
        }

        launcher.Dispose();
        return null;
    }

    private static PtxTarget? TargetFor(int? capability) => capability is { } major ? PtxTarget.For(major) : null;

    /// <summary>Returns a sentence for each kernel that has failed since the last call.</summary>
    internal IReadOnlyList<string> TakeNotices()
    {
        var taken = new List<string>();
        while (_notices.TryDequeue(out string? notice))
        {
            taken.Add(notice);
        }

        return taken;
    }

    /// <summary>True if attention is computed by own kernels too.</summary>
    internal bool HasAttention => Operations.HasAttention;

    /// <summary>Leaves attention to libtorch's products from now on, without a notice.</summary>
    internal void LeaveOutAttention() => Operations.LeaveOut(FusedOperation.Attention, null);

    /// <summary>Returns the sentence for the log if attention does not work.</summary>
    internal static string ExplainAttention(string reason) => FusedOperations.Explain(FusedOperation.Attention, $"{reason}.");

    /// <summary>Computes parts of the model's training steps from now on. The model must not be trained once this is disposed.</summary>
    internal void AttachTo(T5 model) => model.Dropout.Operations = Operations;

    public void Dispose() => _launcher?.Dispose();
}
