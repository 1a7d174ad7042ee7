using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends;

/// <summary>Ways of computing a step, for comparing them.</summary>
public enum BackendKind
{
    /// <summary>The one that fits the device.</summary>
    Auto,

    /// <summary>libtorch's backward pass, as on a processor that the step by hand does not fit.</summary>
    Autograd,

    /// <summary>The same with all weights in one stretch of memory and steps that nobody waits for: what a GPU does, on any device.</summary>
    AsOnGpu,
}
