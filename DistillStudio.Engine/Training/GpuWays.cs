using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Training;

/// <summary>What a GPU is tried with, in a process of its own.</summary>
public enum GpuTrialKind
{
    /// <summary>Recorded graphs of libtorch's operators.</summary>
    Graphs,

    /// <summary>The program's own kernels, launched one by one.</summary>
    Kernels,

    /// <summary>Recorded graphs of steps with own kernels.</summary>
    Both,

    /// <summary>Recorded graphs of beam search.</summary>
    Beams,

    /// <summary>Own attention in place of libtorch's products: whether it is right, and faster.</summary>
    Attention,
}

/// <summary>How a run computes its steps on a GPU.</summary>
/// <param name="Graphs">Records the steps; null to launch every kernel singly.</param>
/// <param name="Kernels">Own kernels; null for libtorch's operators alone. Owned by the run.</param>
internal readonly record struct GpuWays(ICudaGraphs? Graphs, OwnKernels? Kernels)
{
    /// <summary>
    /// Chooses the fastest way whose trial succeeds: graphs with own kernels, graphs, own kernels, neither. Graphs save more than kernels.
    /// </summary>
    /// <param name="wantsGraphs">Whether the run may use graphs.</param>
    /// <param name="wantsKernels">Whether the run may use own kernels.</param>
    /// <param name="whyNot">Returns null if a trial succeeded, else the reason; called only for what is needed.</param>
    /// <returns>What is used, and the reason for what is wanted and not used.</returns>
    internal static (bool Graphs, bool Kernels, string? NoGraphs, string? NoKernels) Choose(
        bool wantsGraphs, bool wantsKernels, Func<GpuTrialKind, string?> whyNot)
    {
        string? noKernels = wantsKernels ? whyNot(GpuTrialKind.Kernels) : null;
        bool kernels = wantsKernels && noKernels is null;
        if (!wantsGraphs)
        {
            return (false, kernels, null, noKernels);
        }

        string? noBoth = kernels ? whyNot(GpuTrialKind.Both) : null;
        if (kernels && noBoth is null)
        {
            return (true, true, null, null);
        }

        return whyNot(GpuTrialKind.Graphs) is { } noGraphs
            ? (false, kernels, noGraphs, noKernels)
            : (true, false, null, noKernels ?? noBoth);
    }
}
