using TorchSharp.Modules;

namespace DistillStudio.Engine.Backends;

/// <summary>
/// Tells whether the bfloat16 copies of float32 weights that a compute backend multiplies are up to date. An optimiser that writes them
/// along with the weights spares the backend a pass over both.
/// </summary>
internal interface ICopyState
{
    /// <summary>
    /// True while the copies are those of the present weights, so that the backend does not write them itself. Whoever changes weights
    /// without their copies sets it to false.
    /// </summary>
    bool AreCurrent { get; set; }
}

/// <summary>Copies on the CPU that an optimiser can write weight by weight.</summary>
internal interface IWeightCopies : ICopyState
{
    /// <summary>Returns the address of a weight's copy, in the weight's layout; 0 if it has none.</summary>
    nint AddressOf(Parameter weight);
}
