using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Description of a tensor in a file.</summary>
/// <param name="Type">Stored number format.</param>
/// <param name="Shape">Row-major; empty for a scalar.</param>
public sealed record WeightInfo(ScalarType Type, IReadOnlyList<long> Shape)
{
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>
/// Reads tensors by name from a file or a set of files. Opening validates the structure; the numbers are read on demand.
/// </summary>
public interface IWeightReader : IDisposable
{
    /// <summary>The file to name in messages about its content.</summary>
    string Path { get; }

    IReadOnlyDictionary<string, WeightInfo> Weights { get; }

    /// <summary>Reads a tensor into existing memory, converted to the destination's number format.</summary>
    /// <param name="name">A name in <see cref="Weights"/>.</param>
    /// <param name="destination">Contiguous tensor on the CPU with the same shape.</param>
    /// <returns>Number of values that are infinite or NaN; 0 unless the destination is float32.</returns>
    /// <exception cref="Runtime.InputException">The file ends early or cannot be read.</exception>
    long CopyTo(string name, Tensor destination);

    /// <summary>Returns true if two names refer to the same stored numbers. False is inconclusive: they may be stored twice.</summary>
    bool IsSameStorage(string first, string second) => first == second;

    /// <summary>
    /// Opens a tensor's numbers as stored, in row-major order; further data may follow them. Returns null if they are stored in another
    /// order. Does not need libtorch.
    /// </summary>
    /// <param name="name">A name in <see cref="Weights"/>.</param>
    Stream? OpenStored(string name);
}
