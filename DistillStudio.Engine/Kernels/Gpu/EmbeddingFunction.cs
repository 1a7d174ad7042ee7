using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.Embed"/> with gradients.</summary>
internal sealed class EmbeddingFunction : autograd.SingleTensorFunction<EmbeddingFunction>
{
    private const string StateName = "state";

    internal sealed record State(IFusedOperations Operations, Tensor Ids, MaskSource Source, GpuMask Mask);

    public override string Name => nameof(EmbeddingFunction);

    /// <param name="state">Its ids must live until the backward pass.</param>
    /// <param name="table">[V, D]</param>
    internal static Tensor Apply(State state, Tensor table) => apply(state, table);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var state, var table) = ((State)vars[0], (Tensor)vars[1]);
        ctx.save_data(StateName, (state, table.shape));
        return state.Operations.Embed(table, state.Ids, state.Source, state.Mask);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        (State state, long[] shape) = ((State, long[]))ctx.get_data(StateName);
        return FusedGradients.Run(
            ctx, [grad_output], state.Operations, _ => [null, FusedGradients.Zeros(shape, ScalarType.Float32, grad_output.device)],
            _ => [null, state.Operations.EmbedBackward(grad_output.contiguous(), shape, state.Ids, state.Source, state.Mask)]);
    }
}
