using System.Globalization;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Verification;

/// <summary>A condition that rounding depends on, and in which a replay differs from the run.</summary>
/// <param name="What">The condition, such as <c>threads</c>.</param>
public sealed record EnvironmentDifference(string What, string Recorded, string Here);

/// <summary>The conditions on which the last bits of a computation depend.</summary>
internal sealed record ComputeEnvironment(
    string Device, string? DeviceName, string Precision, int Threads, string? LibTorch, string Version, string Machine,
    string? Products = null)
{
    private const string Gpu = "cuda";

    public static ComputeEnvironment Of(Started started) =>
        new(
            started.Device, started.DeviceName, started.Precision, started.Threads, started.LibTorch, started.Version, started.Machine,
            started.Products);

    /// <summary>Returns the conditions under which the session computes.</summary>
    public static ComputeEnvironment Of(TrainingSession session) => new(
        session.Model.Device.ToString(),
        DeviceNames.Of(session.Model.Device),
        session.Model.Precision.Name(),
        ParallelTeam.Size,
        LibTorchVersion.Current,
        BuildVersion.Current,
        Devices.DescribeMachine(),
        session.Products);

    /// <summary>
    /// Returns what may change the last bits when this run is recomputed elsewhere; empty if the bits must be the same. A GPU is always
    /// listed, because its order of summation varies.
    /// </summary>
    public IReadOnlyList<EnvironmentDifference> DifferencesFrom(ComputeEnvironment here) =>
    [
        .. new EnvironmentDifference?[]
        {
            KindOf(Device) == KindOf(here.Device) && KindOf(Device) != Gpu ? null : new("device", Device, here.Device),
            Compare("processor or GPU", DeviceName, here.DeviceName),
            Compare("precision", Precision, here.Precision),
            Compare("threads", Threads.ToString(CultureInfo.InvariantCulture), here.Threads.ToString(CultureInfo.InvariantCulture)),
            Compare("matrix products", Products, here.Products),
            Compare("libtorch", LibTorch, here.LibTorch),
            Compare("version of the program", Version, here.Version),
            Compare("machine", Machine, here.Machine),
        }.OfType<EnvironmentDifference>(),
    ];

    /// <summary>Returns null for equal values, and for one that an older program did not record.</summary>
    private static EnvironmentDifference? Compare(string what, string? recorded, string? here) =>
        recorded is null || recorded == here ? null : new(what, recorded, here ?? "unknown");

    private static string KindOf(string device) => device.Split(':')[0];
}
