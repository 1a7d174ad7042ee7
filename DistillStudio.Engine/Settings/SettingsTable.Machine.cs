using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Settings;

/// <content>Device, precision, threads, and the run's name.</content>
public static partial class SettingsTable
{
    public static Setting Bf16 { get; } =
        SettingFactory.Choice(nameof(RunSpec.Bf16), "Precision", "Precision of matrix products; weights stay float32", "",
            [new(SettingFactory.On, "bfloat16"), new(SettingFactory.Off, "float32")],
            spec => spec.Bf16 switch { true => SettingFactory.On, false => SettingFactory.Off, null => null! },
            (spec, value) => spec with { Bf16 = SettingFactory.ReadSwitch(value) }) with
        {
            Group = SettingGroup.Machine,
            Expected = "nothing",
            Problem = _ => null,
            Display = spec => spec.Bf16 switch { true => "bfloat16", false => "float32", null => "the device's default" },
            Clear = spec => spec with { Bf16 = null },
            Unset = "the device's default",
            Flags =
            [
                new("--bf16", "Matrix products in bfloat16, master weights in float32 [on a GPU that supports it]", SettingFactory.On),
                new("--fp32", "Matrix products in float32 [on the CPU]", SettingFactory.Off),
            ],
            IsAdvanced = true,
            IsFixedInBranch = true,
        };

    public static Setting Device { get; } =
        SettingFactory.Text(nameof(RunSpec.Device), "Device", "auto (a GPU if there is one), cpu, cuda or cuda:n", "DEVICE",
            spec => spec.Device, (spec, value) => spec with { Device = value.ToLowerInvariant() }) with
        {
            Group = SettingGroup.Machine,
            Problem = spec => !string.IsNullOrEmpty(spec.Device) && Devices.IsName(spec.Device) ? null : $"{spec.Device} is not a device; "
                + $"use auto, cpu, cuda or cuda:n.",
            IsAdvanced = true,
            MayDifferOnResume = true,
        };

    public static Setting Threads { get; } =
        SettingFactory.Optional(
            nameof(RunSpec.Threads), "Threads", "CPU threads for matrix products", spec => spec.Threads,
            (spec, value) => spec with { Threads = value },
            "as many as the work is worth, at most one per core", 1, SettingLimits.MostThreads) with
        {
            Group = SettingGroup.Machine,
            IsAdvanced = true,
            MayDifferOnResume = true,
        };

    /// <summary>Concerns how a run is executed: it stays in the record because a queue or a cluster has to hand it on.</summary>
    public static Setting NoCudaGraphs { get; } =
        SettingFactory.Switch(
            nameof(RunSpec.NoCudaGraphs), "Without CUDA graphs", "On a GPU: launch every kernel singly, which is slower and gives the same "
                + "results", "kernels launched singly", "steps recorded and replayed",
            spec => spec.NoCudaGraphs, (spec, value) => spec with { NoCudaGraphs = value }) with
        {
            Group = SettingGroup.Machine,
            Flags =
            [
                new("--no-cuda-graphs", "On a GPU: launch every kernel singly, which is slower and gives the same results",
                    SettingFactory.On),
                new("--cuda-graphs", "On a GPU: record steps and replay them [the default]", SettingFactory.Off),
            ],
            IsAdvanced = true,
            MayDifferOnResume = true,
        };

    /// <summary>Concerns how a run is executed, as <see cref="NoCudaGraphs"/> does.</summary>
    public static Setting NoOwnKernels { get; } =
        SettingFactory.Switch(
            nameof(RunSpec.NoOwnKernels), "Without own kernels", "On a GPU: compute with libtorch's operators alone, which is slower and "
                + "gives the same results but for rounding", "libtorch's operators alone", "own kernels where they are faster",
            spec => spec.NoOwnKernels, (spec, value) => spec with { NoOwnKernels = value }) with
        {
            Group = SettingGroup.Machine,
            Flags =
            [
                new("--no-own-kernels", "On a GPU: compute with libtorch's operators alone", SettingFactory.On),
                new("--own-kernels", "On a GPU: use own kernels where each agrees with libtorch's [the default]", SettingFactory.Off),
            ],
            WhyNot = spec => spec.Device == "cpu" ? "it concerns GPUs only" : null,
            IsAdvanced = true,
            MayDifferOnResume = true,
        };

    public static Setting Name { get; } =
        SettingFactory.Text(
            nameof(RunSpec.Name), "Name", "Name of the run", "TEXT", spec => spec.Name, (spec, value) => spec with { Name = value },
            unset: "none") with
        {
            Group = SettingGroup.Description,
            Problem = spec => spec.Name is null || SettingLimits.IsName(spec.Name) ? null
                : $"is longer than {SettingLimits.LongestName} characters or holds a control character; shorten it to one line.",
            MayDifferOnResume = true,
        };
}
