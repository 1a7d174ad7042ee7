using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// A weight matrix packed into panels: of bfloat16 pairs if the processor multiplies them, otherwise of single elements for float32
/// arithmetic.
/// </summary>
internal sealed unsafe class PackedWeight<TFormat> : IDisposable
    where TFormat : struct, INumberFormat
{
    private readonly Tensor _panels;
    private readonly nint _address;
    private readonly bool _isPaired;

    /// <param name="weights">[Out, In] each, stacked vertically, with up-to-date operands; later changes have no effect.</param>
    internal PackedWeight(params Weight[] weights)
    {
        Outputs = weights.Sum(weight => (int)weight.Operand.shape[0]);
        Inputs = (int)weights[0].Operand.shape[1];
        ScalarType type = TFormat.Size == sizeof(float) ? ScalarType.Float32 : ScalarType.BFloat16;
        _isPaired = type == ScalarType.BFloat16 && PackedBFloat16Gemm.Suits(Inputs);
        long count = _isPaired ? PackedBFloat16Gemm.Count(Outputs, Inputs) : PackedGemm<TFormat>.Count(Outputs, Inputs);
        _panels = empty([count], type).DetachFromDisposeScope();
        _address = TensorMemory.AddressOf(_panels);
        using Tensor joined = cat([.. weights.Select(weight => _isPaired ? weight.Operand : weight.Value)]);
        if (_isPaired)
        {
            PackedBFloat16Gemm.Pack((void*)TensorMemory.AddressOf(joined), Outputs, Inputs, (void*)_address);
        }
        else
        {
            PackedGemm<TFormat>.Pack((float*)TensorMemory.AddressOf(joined), Outputs, Inputs, (void*)_address);
        }
    }

    internal int Outputs { get; }

    internal int Inputs { get; }

    /// <param name="arena">Provides temporary memory.</param>
    /// <param name="x">[rows, In]</param>
    /// <param name="rows">A multiple of <see cref="PackedGemm{TFormat}.RowStep"/>.</param>
    /// <param name="y">Receives [rows, Out].</param>
    internal void Multiply(Arena arena, float* x, int rows, float* y)
    {
        if (!_isPaired)
        {
            PackedGemm<TFormat>.Multiply(x, rows, (void*)_address, Outputs, Inputs, y);
            return;
        }

        Arena.Mark mark = arena.Taken;
        PackedBFloat16Gemm.Multiply(x, arena.Take<ushort>((long)rows * Inputs), rows, (void*)_address, Outputs, Inputs, y);
        arena.Release(mark);
    }

    public void Dispose() => _panels.Dispose();
}

/// <summary>Weights that a decoder block needs to decode one more token.</summary>
/// <param name="QueriesKeysValues">q, k and v of self-attention.</param>
/// <param name="FeedForward">wi; in a gated network wi_0 and wi_1.</param>
internal sealed record DecodingBlock<TFormat>(
    Weight SelfNorm,
    PackedWeight<TFormat> QueriesKeysValues,
    PackedWeight<TFormat> SelfOutput,
    Weight CrossNorm,
    PackedWeight<TFormat> CrossQueries,
    Weight CrossKeys,
    Weight CrossValues,
    PackedWeight<TFormat> CrossOutput,
    Weight FeedForwardNorm,
    PackedWeight<TFormat> FeedForward,
    PackedWeight<TFormat> FeedForwardOutput) : IDisposable
    where TFormat : struct, INumberFormat
{
    internal static DecodingBlock<TFormat> Create(CpuT5<TFormat> model, int index)
    {
        Weight Of(int layer, string name) => model.Weights[$"decoder.block.{index}.layer.{layer}.{name}.weight"];
        PackedWeight<TFormat> Panels(int layer, params string[] names) => new([.. names.Select(name => Of(layer, name))]);
        return new(
            Of(0, "layer_norm"),
            Panels(0, "SelfAttention.q", "SelfAttention.k", "SelfAttention.v"),
            Panels(0, "SelfAttention.o"),
            Of(1, "layer_norm"),
            Panels(1, "EncDecAttention.q"),
            Of(1, "EncDecAttention.k"),
            Of(1, "EncDecAttention.v"),
            Panels(1, "EncDecAttention.o"),
            Of(2, "layer_norm"),
            model.Config.IsGated ? Panels(2, "DenseReluDense.wi_0", "DenseReluDense.wi_1") : Panels(2, "DenseReluDense.wi"),
            Panels(2, "DenseReluDense.wo"));
    }

    public void Dispose()
    {
        foreach (PackedWeight<TFormat> weight in
            (PackedWeight<TFormat>[])[QueriesKeysValues, SelfOutput, CrossQueries, CrossOutput, FeedForward, FeedForwardOutput])
        {
            weight.Dispose();
        }
    }
}
