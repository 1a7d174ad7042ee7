using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Layers of the same input, whose products are one while the model has copies of the weights: a GPU is busier with one.</summary>
/// <param name="layers">In the order in which the weights are stored.</param>
internal sealed class LinearGroup(params IReadOnlyList<Linear> layers)
{
    private WeightCopy? _copy;

    /// <param name="x">[N, In]</param>
    /// <returns>The layers' outputs, [N, Out] each, or one matrix with all of them beside each other.</returns>
    internal IReadOnlyList<Tensor> Forward(Tensor x) => _copy is { } copy && copy.IsCurrent() && is_grad_enabled()
        ? [CopiedWeightFunction.Apply(copy, x.to(copy.Values.dtype))]
        : [.. layers.Select(layer => layer.Forward(x))];

    /// <inheritdoc cref="T5.UseCopies"/>
    internal void UseCopies(CopyOfWeights copyOf) => _copy = copyOf([.. layers.Select(layer => layer.Weight)]);
}
