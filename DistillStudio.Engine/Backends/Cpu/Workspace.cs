using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>Input or target tokens of a batch, as rows of matrices.</summary>
/// <param name="Starts">[sequences + 1]</param>
/// <param name="Sequences">[sequences]: dropout key of each sequence.</param>
/// <param name="SequenceCount">Number of sequences.</param>
/// <param name="Count">Number of tokens.</param>
/// <param name="Padded">Rows of the matrices: a multiple of 32, which limits the number of distinct product shapes. Rows past the tokens
/// are zeros.</param>
/// <param name="Ids">[Count]</param>
/// <param name="Keys">[Padded]: dropout key of each row.</param>
internal readonly unsafe record struct TokenRows(nint Starts, nint Sequences, int SequenceCount, int Count, int Padded, nint Ids, nint Keys)
{
    internal int* StartsData => (int*)Starts;

    internal int* IdsData => (int*)Ids;

    internal ulong* KeysData => (ulong*)Keys;
}

/// <summary>State shared by all parts of a step: memory, products, dropout.</summary>
internal sealed unsafe class Workspace : IDisposable
{
    private const int RowStep = 32;

    private readonly ScalarType _type;
    private readonly double _rate;
    private ulong _seed;
    private bool _drops;

    internal Workspace(T5Config config, ScalarType type)
    {
        _type = type;
        _rate = config.DropoutRate;
    }

    internal Arena Arena { get; } = new();

    /// <summary>Begins a step and releases all memory.</summary>
    /// <param name="seed">Null for no dropout.</param>
    internal void Begin(ulong? seed)
    {
        Arena.Release(default);
        _drops = seed is not null;
        _seed = seed ?? 0;
    }

    internal DropoutMask Mask(uint site) => _drops ? new DropoutMask(_seed, site, _rate) : DropoutMask.None;

    internal TokenRows Tokens(PackedBatch batch, int[] starts, int[] ids)
    {
        int padded = (int)Padded(ids.Length);
        ulong* keys = Arena.Take<ulong>(padded);
        batch.WriteKeys(starts, new Span<ulong>(keys, padded));
        new Span<ulong>(keys + ids.Length, padded - ids.Length).Clear();
        return new(
            (nint)Arena.Copy<int>(starts), (nint)Arena.Copy<uint>(batch.Sequences), batch.Sequences.Length, ids.Length, padded,
            (nint)Arena.Copy<int>(ids), (nint)keys);
    }

    /// <summary>Returns the number of matrix rows for a number of tokens.</summary>
    internal static long Padded(long tokens) => (tokens + RowStep - 1) / RowStep * RowStep;

    /// <summary>Allocates a matrix in the format of operands.</summary>
    internal Matrix Operand(int rows, int columns) => Arena.Take(_type, rows, columns);

    internal Matrix Floats(int rows, int columns) => Arena.Take(ScalarType.Float32, rows, columns);

    /// <summary>Returns y = x Wᵀ.</summary>
    internal Matrix Multiply(Matrix x, Weight weight)
    {
        Matrix y = Operand(x.Rows, weight.Outputs);
        NativeTensor.Product(y.Tensor, x.Tensor, weight.Across, accumulate: false);
        return y;
    }

    /// <summary>Computes dx = dy W, or dx += dy W.</summary>
    internal static void InputGradient(Matrix gradient, Weight weight, Matrix to, bool accumulate) =>
        NativeTensor.Product(to.Tensor, gradient.Tensor, weight.Along, accumulate);

    /// <summary>Computes the input gradient into a float32 matrix, regardless of the operand format.</summary>
    internal void InputGradientInFloats(Matrix gradient, Weight weight, Matrix to, bool accumulate)
    {
        if (_type == ScalarType.Float32)
        {
            InputGradient(gradient, weight, to, accumulate);
            return;
        }

        Arena.Mark mark = Arena.Taken;
        Matrix product = Operand(to.Rows, to.Columns);
        InputGradient(gradient, weight, product, accumulate: false);
        FlatKernel.Widen(product.Data, to.Floats, (long)to.Rows * to.Columns, accumulate);
        Arena.Release(mark);
    }

    /// <summary>Computes dW += dyᵀ x, or dW = dyᵀ x for the first contribution of the step.</summary>
    internal void WeightGradient(Matrix gradient, Matrix x, Weight weight)
    {
        Arena.Mark mark = Arena.Taken;
        nint across = Arena.Transposed(gradient);
        bool adds = !weight.Begin();
        if (_type == ScalarType.Float32)
        {
            NativeTensor.Product(weight.Gradient, across, x.Tensor, adds);
        }
        else
        {
            Matrix product = Operand(gradient.Columns, x.Columns);
            NativeTensor.Product(product.Tensor, across, x.Tensor, accumulate: false);
            FlatKernel.Widen(product.Data, weight.GradientData, weight.Count, adds);
        }

        Arena.Release(mark);
    }

    /// <summary>Casts float32 values to the format of operands.</summary>
    internal Matrix Cast(Matrix floats)
    {
        if (_type == ScalarType.Float32)
        {
            return floats;
        }

        Matrix cast = Operand(floats.Rows, floats.Columns);
        FlatKernel.Narrow(floats.Floats, cast.Data, (long)floats.Rows * floats.Columns);
        return cast;
    }

    /// <summary>Copies a matrix to another of the same shape and format.</summary>
    /// <param name="size">Bytes per element.</param>
    internal static void Copy(Matrix from, Matrix to, int size)
    {
        long bytes = (long)from.Rows * from.Columns * size;
        Buffer.MemoryCopy(from.Data, to.Data, bytes, bytes);
    }

    /// <summary>Zeroes the rows past the tokens.</summary>
    internal void ClearPadding(Matrix matrix, TokenRows tokens)
    {
        int size = _type == ScalarType.Float32 ? sizeof(float) : sizeof(ushort);
        long start = (long)tokens.Count * matrix.Columns * size;
        new Span<byte>((byte*)matrix.Data + start, (int)(((long)matrix.Rows * matrix.Columns * size) - start)).Clear();
    }

    public void Dispose() => Arena.Dispose();
}
