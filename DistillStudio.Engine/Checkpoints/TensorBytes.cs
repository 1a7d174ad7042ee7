using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>Copies tensors between files and native memory in pieces, so that no tensor is ever entirely in managed memory.</summary>
internal static class TensorBytes
{
    private const long PieceElements = 1 << 22; // 16 MB of float32
    private const int BlockBytes = 1 << 18; // scanned again while in a core's own cache

    /// <summary>Maximum rank: more dimensions than any weight has, few enough for every native call.</summary>
    internal const int MaxRank = 8;

    /// <summary>Reads consecutive numbers of a type into a contiguous CPU tensor, converting them where the types differ.</summary>
    /// <returns>Number of values that are infinite or NaN; 0 unless the tensor is float32.</returns>
    /// <exception cref="EndOfStreamException">The stream is too short.</exception>
    internal static long Fill(Tensor destination, ScalarType type, Stream source)
    {
        long notFinite = 0;
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = destination.detach().view(-1);
        for (long start = 0; start < flat.shape[0]; start += PieceElements)
        {
            using DisposeScope pieceScope = NewDisposeScope();
            Tensor piece = flat.narrow(0, start, Math.Min(PieceElements, flat.shape[0] - start));
            if (piece.dtype == type)
            {
                notFinite += Read(source, piece.bytes, type);
                continue;
            }

            Tensor stored = empty(piece.shape, type);
            source.ReadExactly(stored.bytes);
            piece.copy_(stored);
            notFinite += CountNotFinite(piece.bytes, piece.dtype);
        }

        return notFinite;
    }

    /// <summary>Counts the values of a contiguous CPU tensor that are infinite or NaN; returns 0 unless it is float32.</summary>
    internal static long CountNotFinite(Tensor tensor)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = tensor.detach().view(-1);
        long count = 0;
        for (long start = 0; start < flat.shape[0]; start += PieceElements)
        {
            using DisposeScope pieceScope = NewDisposeScope();
            count += CountNotFinite(flat.narrow(0, start, Math.Min(PieceElements, flat.shape[0] - start)).bytes, tensor.dtype);
        }

        return count;
    }

    private static long Read(Stream source, Span<byte> destination, ScalarType type)
    {
        long notFinite = 0;
        for (int start = 0; start < destination.Length; start += BlockBytes)
        {
            Span<byte> block = destination.Slice(start, Math.Min(BlockBytes, destination.Length - start));
            source.ReadExactly(block);
            notFinite += CountNotFinite(block, type);
        }

        return notFinite;
    }

    private static long CountNotFinite(ReadOnlySpan<byte> numbers, ScalarType type)
    {
        const uint exponent = 0x7F80_0000; // all ones only for infinities and NaN
        if (type != ScalarType.Float32)
        {
            return 0;
        }

        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<byte, uint>(numbers);
        ReadOnlySpan<Vector<uint>> vectors = MemoryMarshal.Cast<uint, Vector<uint>>(bits);
        Vector<uint> largest = Vector<uint>.Zero;
        foreach (Vector<uint> vector in vectors)
        {
            largest = Vector.Max(largest, vector & new Vector<uint>(exponent));
        }

        int vectored = vectors.Length * Vector<uint>.Count;
        ReadOnlySpan<uint> toCount = Vector.EqualsAny(largest, new Vector<uint>(exponent)) ? bits : bits[vectored..];
        long count = 0;
        foreach (uint number in toCount)
        {
            count += (number & exponent) == exponent ? 1 : 0;
        }

        return count;
    }

    /// <summary>Writes a tensor's numbers in row-major order, from any device.</summary>
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

    /// <summary>Computes the number of elements; fails if it or the size in bytes overflows a long, or a dimension is negative.</summary>
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
