using static TorchSharp.torch;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Matrices that lie beside each other, in one product's result or in several.</summary>
internal static class ColumnBlocks
{
    /// <param name="matrices">[rows, a multiple of the width] each</param>
    /// <param name="width">W</param>
    /// <returns>Views of W columns, in order.</returns>
    internal static Tensor[] Of(IEnumerable<Tensor> matrices, long width) =>
    [
        .. matrices.SelectMany(matrix => Enumerable.Range(0, (int)(matrix.shape[1] / width)).Select(
            i => matrix.narrow(1, i * width, width))),
    ];
}
