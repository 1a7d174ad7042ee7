using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.Attend"/> with gradients.</summary>
internal sealed class AttentionFunction : autograd.SingleTensorFunction<AttentionFunction>
{
    private const string StateName = "state";

    /// <param name="Source">Dropout keys of the sequences, and the seed.</param>
    internal sealed record State(IFusedOperations Operations, AttentionMap Map, MaskSource Source, GpuMask Mask);

    public override string Name => nameof(AttentionFunction);

    /// <param name="state">Its tensors must live until the backward pass.</param>
    internal static Tensor Apply(State state, AttentionOperands operands) => operands.Table is { } table
        ? apply(state, operands.Q, operands.K, operands.V, table)
        : apply(state, operands.Q, operands.K, operands.V);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var state = (State)vars[0];
        Tensor[] operands = [.. vars[1..].Cast<Tensor>()];
        (Tensor output, Tensor statistics) = state.Operations.Attend(Of(operands), state.Map, state.Source, state.Mask);
        ctx.save_data(StateName, state);
        ctx.save_for_backward([.. operands, statistics]);
        return output;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var state = (State)ctx.get_data(StateName);
        List<Tensor?> Zeros(List<Tensor> saved) => [null, .. saved[..^1].Select(operand => FusedGradients.Zeros(operand))];
        return FusedGradients.Run(ctx, state.Operations, Zeros, saved =>
        {
            (Tensor q, Tensor k, Tensor v, Tensor? table) = state.Operations.AttendBackward(
                Of([.. saved[..^1]]), state.Map, state.Source, state.Mask, grad_output.contiguous(), saved[^1]);
            return table is null ? [null, q, k, v] : [null, q, k, v, table];
        });
    }

    private static AttentionOperands Of(Tensor[] operands) => new(operands[0], operands[1], operands[2], operands.ElementAtOrDefault(3));
}
