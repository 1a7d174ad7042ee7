
namespace DistillStudio.Engine.Backends;

/// <summary>Selects how a step is computed, for comparisons.</summary>
public enum BackendKind
{
    /// <summary>Chooses the backend that fits the device.</summary>
    Auto,

    /// <summary>Uses libtorch's autograd, as on a processor that the CPU backend does not support.</summary>
    Autograd,

    /// <summary>Uses autograd with contiguous weights and asynchronous steps: the configuration used on a GPU, on any device.</summary>
    AsOnGpu,
}
