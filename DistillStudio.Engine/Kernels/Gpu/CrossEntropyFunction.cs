using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.CrossEntropy"/> with gradients: the loss of each row.</summary>
internal sealed class CrossEntropyFunction : autograd.SingleTensorFunction<CrossEntropyFunction>
{
    private const string StateName = "state";

    private sealed record State(IFusedOperations Operations, Tensor Targets);

    public override string Name => nameof(CrossEntropyFunction);

    /// <param name="logits">[rows, V]</param>
    /// <param name="targets">[rows], int64; must live until the backward pass.</param>
    internal static Tensor Apply(IFusedOperations operations, Tensor logits, Tensor targets) =>
        apply(new State(operations, targets), logits);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var state, var logits) = ((State)vars[0], (Tensor)vars[1]);
        (Tensor losses, Tensor highest, Tensor inverse) = state.Operations.CrossEntropy(logits, state.Targets);
        ctx.save_data(StateName, state);
        ctx.save_for_backward([logits, highest, inverse]);
        return losses;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var state = (State)ctx.get_data(StateName);
        return FusedGradients.Run(
            ctx, [grad_output], state.Operations, saved => [null, FusedGradients.Zeros(saved[0])],
            saved => [null, state.Operations.CrossEntropyBackward(saved[0], state.Targets, grad_output.contiguous(), saved[1], saved[2])]);
    }
}
