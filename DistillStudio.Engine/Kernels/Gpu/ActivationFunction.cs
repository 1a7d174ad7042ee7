using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.Activate"/> with gradients.</summary>
internal sealed class ActivationFunction : autograd.SingleTensorFunction<ActivationFunction>
{
    private const string StateName = "state";

    /// <param name="Width">d_ff</param>
    internal sealed record State(IFusedOperations Operations, long Width, MaskSource Source, GpuMask Mask, GpuActivation Activation);

    public override string Name => nameof(ActivationFunction);

    /// <param name="projections">u, or u and g if gated, [rows, d_ff] each, which may be one matrix.</param>
    /// <returns>[rows, d_ff]</returns>
    internal static Tensor Apply(State state, IReadOnlyList<Tensor> projections) => apply([state, .. projections]);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var state = (State)vars[0];
        Tensor[] projections = [.. vars[1..].Cast<Tensor>()];
        using DisposeScope scope = NewDisposeScope();
        ctx.save_data(StateName, state);
        ctx.save_for_backward([.. projections]);
        Tensor[] operands = ColumnBlocks.Of(projections, state.Width);
        return state.Operations.Activate(operands[0], operands.ElementAtOrDefault(1), state.Source, state.Mask, state.Activation)
            .MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var state = (State)ctx.get_data(StateName);
        return FusedGradients.Run(
            ctx, [grad_output], state.Operations, saved => [null, .. saved.Select(all => FusedGradients.Zeros(all))], saved =>
            {
                Tensor[] gradients = [.. saved.Select(x => empty_like(x))];
                (Tensor[] operands, Tensor[] into) = (ColumnBlocks.Of(saved, state.Width), ColumnBlocks.Of(gradients, state.Width));
                state.Operations.ActivateBackward(
                    operands[0], operands.ElementAtOrDefault(1), grad_output.contiguous(), state.Source, state.Mask, state.Activation,
                    into[0], into.ElementAtOrDefault(1));
                return [null, .. gradients];
            });
    }
}
