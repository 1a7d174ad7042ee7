using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.Norm"/> with gradients.</summary>
internal sealed class NormFunction : autograd.MultiTensorFunction<NormFunction>
{
    private const string StateName = "state";

    internal sealed record State(
        IFusedOperations Operations, MaskSource Source, GpuMask AddedMask, GpuMask NormedMask, float Epsilon, ScalarType Type);

    public override string Name => nameof(NormFunction);

    /// <returns>x' and n.</returns>
    internal static (Tensor Sum, Tensor Normed) Apply(State state, Tensor x, Tensor added, Tensor weight)
    {
        List<Tensor> results = apply(state, x, added, weight);
        return (results[0], results[1]);
    }

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var state = (State)vars[0];
        (Tensor x, Tensor added, Tensor weight) = ((Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3]);
        (Tensor sum, Tensor inverse, Tensor normed) =
            state.Operations.Norm(x, added, weight, state.Source, state.AddedMask, state.NormedMask, state.Epsilon, state.Type);
        ctx.save_data(StateName, (state, added.dtype));
        ctx.save_for_backward([sum, inverse, weight]);
        return [sum, normed];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        (State state, ScalarType addedType) = ((State, ScalarType))ctx.get_data(StateName);
        List<Tensor> saved = ctx.get_saved_variables();
        return FusedGradients.Run([null, saved[0], saved[0], saved[2]], () =>
        {
            (Tensor x, Tensor? added, Tensor weight) = state.Operations.NormBackward(
                saved[0], saved[2], saved[1], grad_outputs[1].contiguous(), grad_outputs[0].contiguous(), state.Source, state.AddedMask,
                state.NormedMask, addedType);
            return [null, x, added, weight];
        })!;
    }
}
