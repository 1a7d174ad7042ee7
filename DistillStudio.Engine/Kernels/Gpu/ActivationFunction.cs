using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.Activate"/> with gradients.</summary>
internal sealed class ActivationFunction : autograd.SingleTensorFunction<ActivationFunction>
{
    private const string StateName = "state";

    internal sealed record State(IFusedOperations Operations, MaskSource Source, GpuMask Mask, GpuActivation Activation);

    public override string Name => nameof(ActivationFunction);

    /// <param name="gate">Null if not gated.</param>
    internal static Tensor Apply(State state, Tensor inner, Tensor? gate) =>
        gate is null ? apply(state, inner) : apply(state, inner, gate);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var state = (State)vars[0];
        Tensor[] operands = [.. vars[1..].Cast<Tensor>()];
        ctx.save_data(StateName, state);
        ctx.save_for_backward([.. operands]);
        return state.Operations.Activate(operands[0], operands.ElementAtOrDefault(1), state.Source, state.Mask, state.Activation);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var state = (State)ctx.get_data(StateName);
        return FusedGradients.Run(ctx, state.Operations, saved => [null, .. saved.Select(all => FusedGradients.Zeros(all))], saved =>
        {
            (Tensor inner, Tensor? gate) = state.Operations.ActivateBackward(
                saved[0], saved.ElementAtOrDefault(1), grad_output.contiguous(), state.Source, state.Mask, state.Activation);
            return gate is null ? [null, inner] : [null, inner, gate];
        });
    }
}
