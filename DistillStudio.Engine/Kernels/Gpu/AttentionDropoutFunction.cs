using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.DropWeights"/> with gradients.</summary>
internal sealed class AttentionDropoutFunction : autograd.SingleTensorFunction<AttentionDropoutFunction>
{
    private const string StateName = "state";

    internal sealed record State(IFusedOperations Operations, Tensor Sequences, Tensor Seed, GpuMask Mask, ScalarType Type);

    public override string Name => nameof(AttentionDropoutFunction);

    /// <param name="state">Its tensors must live until the backward pass.</param>
    /// <param name="weights">[B, H, Q, K]</param>
    internal static Tensor Apply(State state, Tensor weights) => apply(state, weights);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var state, var weights) = ((State)vars[0], (Tensor)vars[1]);
        ctx.save_data(StateName, (state, weights.dtype));
        return state.Operations.DropWeights(weights, state.Sequences, state.Seed, state.Mask, state.Type);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        (State state, ScalarType type) = ((State, ScalarType))ctx.get_data(StateName);
        return FusedGradients.Run(
            ctx, state.Operations, _ => [null, FusedGradients.Zeros(grad_output, type)],
            _ => [null, state.Operations.DropWeights(grad_output.contiguous(), state.Sequences, state.Seed, state.Mask, type)]);
    }
}
