using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;

namespace DistillStudio.Engine.Backends;

/// <summary>Routes of matrix products that trials at the start have chosen on this machine; rounding depends on them.</summary>
internal static class ProductRoutes
{
    /// <summary>Returns the routes that a model uses, for a run's record; null on a GPU.</summary>
    internal static string? Of(T5 model) => model.Device.type != DeviceType.CPU
        ? null
        : UsesBlocks(model)
            ? $"float32 by {CpuTuning.Float32Route}, bf16 decoding by {BFloat16Trial.Route}"
            : $"float32 by {CpuTuning.Float32Route}";

    /// <summary>Returns the same with the figures of each trial, one line per kind of product.</summary>
    internal static IReadOnlyList<string> Describe(T5 model) => model.Device.type != DeviceType.CPU
        ? []
        : UsesBlocks(model)
            ? [$"float32: {CpuTuning.DescribeFloat32()}", $"bf16 decoding: {BFloat16Trial.Describe()}"]
            : [$"float32: {CpuTuning.DescribeFloat32()}"];

    private static bool UsesBlocks(T5 model) => model.Precision == Precision.BFloat16 && ComputeBackends.UsesCpuBackend(model);
}
