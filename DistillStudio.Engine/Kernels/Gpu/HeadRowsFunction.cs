using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.GatherHeads"/> and <see cref="IFusedOperations.ScatterHeads"/> with gradients.</summary>
internal sealed class HeadRowsFunction : autograd.SingleTensorFunction<HeadRowsFunction>
{
    private const string StateName = "state";

    /// <param name="Starts">[B + 1], int64; must live until the backward pass.</param>
    /// <param name="Length">L</param>
    /// <param name="Rows">N</param>
    /// <param name="Heads">H</param>
    /// <param name="Gathers">Whether packed rows become padded heads, or the reverse.</param>
    internal sealed record State(IFusedOperations Operations, Tensor Starts, int Length, long Rows, int Heads, bool Gathers);

    public override string Name => nameof(HeadRowsFunction);

    internal static Tensor Apply(State state, Tensor x) => apply(state, x);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var state, var x) = ((State)vars[0], (Tensor)vars[1]);
        ctx.save_data(StateName, (state, x.shape, x.dtype));
        return Copy(state, x, state.Gathers);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        (State state, long[] shape, ScalarType type) = ((State, long[], ScalarType))ctx.get_data(StateName);
        return FusedGradients.Run(
            ctx, state.Operations, _ => [null, FusedGradients.Zeros(shape, type, grad_output.device)],
            _ => [null, Copy(state, grad_output.contiguous(), !state.Gathers)]);
    }

    private static Tensor Copy(State state, Tensor x, bool gathers) => gathers
        ? state.Operations.GatherHeads(x, state.Starts, state.Length, state.Heads)
        : state.Operations.ScatterHeads(x, state.Starts, state.Rows);
}
