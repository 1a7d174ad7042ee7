using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>
/// A copy of a float32 weight in the model's precision, which the optimiser writes along with the weight; or of several weights that are
/// stored one after the other and have the same input.
/// </summary>
/// <param name="Values">[Out, In], in the model's precision.</param>
/// <param name="Gradient">[Out, In], float32: that of the weights, to which a backward pass adds.</param>
/// <param name="IsCurrent">Returns true while it is that of the present weight.</param>
/// <param name="Refresh">Makes it so.</param>
/// <param name="Operations">Own kernels of the model, which receive a failure of its gradients.</param>
internal sealed record WeightCopy(Tensor Values, Tensor Gradient, Func<bool> IsCurrent, Action Refresh, IFusedOperations Operations);

/// <summary>Returns the copy of weights that are stored one after the other, as one matrix; null for none.</summary>
/// <param name="weights">[Out, In] each</param>
internal delegate WeightCopy? CopyOfWeights(IReadOnlyList<Parameter> weights);

/// <summary>
/// Multiplies by the copy of a weight, and adds to the weight's gradient: the same numbers as from casting the weight at each use and from
/// libtorch's own sum of gradients, without the passes over them.
/// </summary>
internal sealed class CopiedWeightFunction : autograd.SingleTensorFunction<CopiedWeightFunction>
{
    private const string StateName = "state";

    public override string Name => nameof(CopiedWeightFunction);

    /// <param name="x">[..., In], in the type of the copy. Without a gradient of its own, the weight gets none either.</param>
    /// <returns>[..., Out]</returns>
    internal static Tensor Apply(WeightCopy copy, Tensor x) => apply(copy, x);

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
        return FusedGradients.Run(ctx, [grad_output], copy.Operations, saved => [null, FusedGradients.Zeros(saved[0])], saved =>
        {
            copy.Gradient.add_(nn.functional.linear(Rows(grad_output).t(), Rows(saved[0]).t()), alpha: TensorArithmetic.One);
            return [null, nn.functional.linear(grad_output, copy.Values.t())];
        });
    }

    private static Tensor Rows(Tensor x) => x.reshape(-1, x.shape[^1]);
}
