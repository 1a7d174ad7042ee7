using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>A tensor in a file.</summary>
/// <param name="Type">As stored.</param>
/// <param name="Shape">Row-major; empty for a single number.</param>
public sealed record WeightInfo(ScalarType Type, IReadOnlyList<long> Shape)
{
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>Tensors by name in a file or a set of files. Opening checks the structure; the numbers are read when asked for.</summary>
public interface IWeightReader : IDisposable
{
    /// <summary>The file that a sentence about its content would name.</summary>
    string Path { get; }

    IReadOnlyDictionary<string, WeightInfo> Weights { get; }

    /// <summary>Reads a tensor into memory that is there already, converted to its number format.</summary>
    /// <param name="name">One of <see cref="Weights"/>.</param>
    /// <param name="destination">Contiguous, on the CPU, of the same shape.</param>
    /// <returns>How many of the numbers are infinite or NaN; 0 unless the destination is in float32.</returns>
    /// <exception cref="Runtime.InputException">The file ends early or cannot be read.</exception>
    long CopyTo(string name, Tensor destination);

    /// <summary>True where two names stand for the same stored numbers. False says nothing: they may be stored twice.</summary>
    bool IsSameStorage(string first, string second) => first == second;

    /// <summary>A tensor's numbers as they are stored, row after row; more may follow them. Null where they are stored in another order. Needs no libtorch.</summary>
    /// <param name="name">One of <see cref="Weights"/>.</param>
    Stream? OpenStored(string name);
}
