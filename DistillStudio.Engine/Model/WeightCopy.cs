using DistillStudio.Engine.Kernels.Gpu;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>A copy of a float32 weight in the model's precision, which the optimiser writes along with the weight.</summary>
/// <param name="Values">[Out, In], in the model's precision.</param>
/// <param name="IsCurrent">Returns true while it is that of the present weight.</param>
/// <param name="Refresh">Makes it so.</param>
/// <param name="Operations">Own kernels of the model, which receive a failure of its gradients.</param>
internal sealed record WeightCopy(Tensor Values, Func<bool> IsCurrent, Action Refresh, IFusedOperations Operations);

/// <summary>
/// Multiplies by the copy of a weight, and gives the gradient to the weight: the same numbers as from casting the weight at each use,
/// without the passes over it.
/// </summary>
internal sealed class CopiedWeightFunction : autograd.SingleTensorFunction<CopiedWeightFunction>
{
    private const string StateName = "state";

    public override string Name => nameof(CopiedWeightFunction);

    /// <param name="x">[..., In], in the type of the copy.</param>
    /// <param name="weight">[Out, In], float32</param>
    /// <returns>[..., Out]</returns>
    internal static Tensor Apply(WeightCopy copy, Tensor x, Parameter weight) => apply(copy, x, weight);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var copy, var x) = ((WeightCopy)vars[0], (Tensor)vars[1]);
        ctx.save_data(StateName, copy);
        ctx.save_for_backward([x]);
        return nn.functional.linear(x, copy.Values);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var copy = (WeightCopy)ctx.get_data(StateName);
        return FusedGradients.Run(
            ctx, copy.Operations, saved => [null, zeros_like(saved[0]), zeros_like(copy.Values, ScalarType.Float32)],
            saved =>
            [
                null, nn.functional.linear(grad_output, copy.Values.t()),
                nn.functional.linear(Rows(grad_output).t(), Rows(saved[0]).t()).to(ScalarType.Float32),
            ]);
    }

    private static Tensor Rows(Tensor x) => x.reshape(-1, x.shape[^1]);
}
