using DistillStudio.Engine.Kernels;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model.ByHand;

/// <summary>A weight matrix in panels.</summary>
internal sealed unsafe class PanelWeight<TFormat> : IDisposable
    where TFormat : struct, INumberFormat
{
    private readonly Tensor _panels;
    private readonly nint _address;

    /// <param name="weights">[Out, In] each, one below the other; later changes are not seen.</param>
    internal PanelWeight(params Weight[] weights)
    {
        Outputs = weights.Sum(weight => (int)weight.Operand.shape[0]);
        Inputs = (int)weights[0].Operand.shape[1];
        ScalarType type = TFormat.Size == sizeof(float) ? ScalarType.Float32 : ScalarType.BFloat16;
        _panels = empty([PanelProduct<TFormat>.Count(Outputs, Inputs)], type).DetachFromDisposeScope();
        _address = TensorMemory.AddressOf(_panels);
        using Tensor? joined = weights.Length > 1 ? cat([.. weights.Select(weight => weight.Value)]) : null;
        PanelProduct<TFormat>.Pack(joined is null ? weights[0].Data : (float*)TensorMemory.AddressOf(joined), Outputs, Inputs, (void*)_address);
    }

    internal int Outputs { get; }

    internal int Inputs { get; }

    /// <param name="x">[rows, In]</param>
    /// <param name="rows">A multiple of <see cref="PanelProduct{TFormat}.RowStep"/>.</param>
    /// <param name="y">Takes [rows, Out].</param>
    internal void Multiply(float* x, int rows, float* y) => PanelProduct<TFormat>.Multiply(x, rows, (void*)_address, Outputs, Inputs, y);

    public void Dispose() => _panels.Dispose();
}

/// <summary>What a block of the decoder needs to write one token further.</summary>
/// <param name="QueriesKeysValues">q, k and v of the self-attention.</param>
/// <param name="FeedForward">wi, or of a gated network wi_0 and wi_1.</param>
internal sealed record DecodingBlock<TFormat>(
    Weight SelfNorm,
    PanelWeight<TFormat> QueriesKeysValues,
    PanelWeight<TFormat> SelfOutput,
    Weight CrossNorm,
    PanelWeight<TFormat> CrossQueries,
    Weight CrossKeys,
    Weight CrossValues,
    PanelWeight<TFormat> CrossOutput,
    Weight FeedForwardNorm,
    PanelWeight<TFormat> FeedForward,
    PanelWeight<TFormat> FeedForwardOutput) : IDisposable
    where TFormat : struct, INumberFormat
{
    internal static DecodingBlock<TFormat> Create(ByHandT5<TFormat> model, int index)
    {
        Weight Of(int layer, string name) => model.Weights[$"decoder.block.{index}.layer.{layer}.{name}.weight"];
        PanelWeight<TFormat> Panels(int layer, params string[] names) => new([.. names.Select(name => Of(layer, name))]);
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
        foreach (PanelWeight<TFormat> weight in (PanelWeight<TFormat>[])[QueriesKeysValues, SelfOutput, CrossQueries, CrossOutput, FeedForward, FeedForwardOutput])
        {
            weight.Dispose();
        }
    }
}
