using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary><see cref="IFusedOperations.Norm"/> with gradients.</summary>
internal sealed class NormFunction : autograd.MultiTensorFunction<NormFunction>
{
    private const string StateName = "state";

    /// <param name="Operations">What computes.</param>
    /// <param name="Source">What the masks depend on.</param>
    /// <param name="AddedMask">Mask of what is added.</param>
    /// <param name="NormedMask">Mask of the result.</param>
    /// <param name="Epsilon">ε</param>
    /// <param name="Type">Type of the result.</param>
    /// <param name="ReturnsSum">Whether x' is used too. TorchSharp loses a tensor for each output without a gradient.</param>
    internal sealed record State(
        IFusedOperations Operations, MaskSource Source, GpuMask AddedMask, GpuMask NormedMask, float Epsilon, ScalarType Type,
        bool ReturnsSum = true);

    public override string Name => nameof(NormFunction);

    /// <param name="added">y; null for none, in which case the state must not ask for x'.</param>
    /// <returns>n and x', the latter null if it is not returned.</returns>
    internal static (Tensor Normed, Tensor? Sum) Apply(State state, Tensor x, Tensor? added, Tensor weight)
    {
        List<Tensor> results = apply(state, x, added!, weight); // TorchSharp's signature has no null, but its code accepts it
        return (results[0], results.ElementAtOrDefault(1));
    }

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var state = (State)vars[0];
        (Tensor x, Tensor? added, Tensor weight) = ((Tensor)vars[1], (Tensor?)vars[2], (Tensor)vars[3]);
        (Tensor sum, Tensor inverse, Tensor normed) =
            state.Operations.Norm(x, added, weight, state.Source, state.AddedMask, state.NormedMask, state.Epsilon, state.Type);
        ctx.set_materialize_grads(false); // would make zeros from outputs that are disposed by then
        ctx.save_data(StateName, (state, added?.dtype));
        ctx.save_for_backward([sum, inverse, weight]);
        return state.ReturnsSum ? [normed, sum] : [normed];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        (State state, ScalarType? addedType) = ((State, ScalarType?))ctx.get_data(StateName);
        List<Tensor?> Zeros(List<Tensor> saved) =>
        [
            null, FusedGradients.Zeros(saved[0]), addedType is { } type ? FusedGradients.Zeros(saved[0], type) : null,
            FusedGradients.Zeros(saved[2]),
        ];
        return FusedGradients.Run(ctx, grad_outputs, state.Operations, Zeros, saved =>
        {
            (Tensor x, Tensor? added, Tensor weight) = state.Operations.NormBackward(
                saved[0], saved[2], saved[1], Own(grad_outputs[0]) ?? zeros_like(saved[0], state.Type),
                Own(grad_outputs.ElementAtOrDefault(1)), state.Source, state.AddedMask, state.NormedMask, addedType);
            return [null, x, added, weight];
        });
    }

    /// <summary>Returns null if the output was not used.</summary>
    private static Tensor? Own(Tensor? gradient) => gradient is { IsInvalid: false } ? gradient.contiguous() : null;
}
