using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Moves tensors between files and native memory in pieces, so that no tensor is ever whole in managed memory.</summary>
internal static class TensorBytes
{
    private const long PieceElements = 1 << 22; // 16 MB of float32

    /// <summary>More dimensions than any weight has, few enough for every native call.</summary>
    internal const int MaxRank = 8;

    /// <summary>Reads consecutive numbers of a type into a contiguous CPU tensor, converting them where the types differ.</summary>
    /// <exception cref="EndOfStreamException">The stream is too short.</exception>
    internal static void Fill(Tensor destination, ScalarType type, Stream source)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = destination.detach().view(-1);
        for (long start = 0; start < flat.shape[0]; start += PieceElements)
        {
            using DisposeScope pieceScope = NewDisposeScope();
            Tensor piece = flat.narrow(0, start, Math.Min(PieceElements, flat.shape[0] - start));
            if (piece.dtype == type)
            {
                source.ReadExactly(piece.bytes);
            }
            else
            {
                Tensor stored = empty(piece.shape, type);
                source.ReadExactly(stored.bytes);
                piece.copy_(stored);
            }
        }
    }

    /// <summary>Writes a tensor's numbers in row-major order, wherever it is.</summary>
    internal static void Write(Tensor tensor, Stream destination)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = tensor.detach().reshape(-1);
        for (long start = 0; start < flat.shape[0]; start += PieceElements)
        {
            using DisposeScope pieceScope = NewDisposeScope();
            destination.Write(flat.narrow(0, start, Math.Min(PieceElements, flat.shape[0] - start)).cpu().contiguous().bytes);
        }
    }

    /// <summary>The number of elements, unless it or their bytes would not fit a long, or a size is negative.</summary>
    internal static bool TryCount(IReadOnlyList<long> shape, int elementSize, [NotNullWhen(true)] out long? count)
    {
        count = null;
        if (shape.Count > MaxRank)
        {
            return false;
        }

        Int128 product = elementSize;
        foreach (long size in shape)
        {
            product *= size;
            if (size < 0 || product > long.MaxValue)
            {
                return false;
            }
        }

        count = (long)(product / elementSize);
        return true;
    }
}
