using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Rows of matrices in kernels: an index within a row takes a fifth of the instructions of one within the matrix.</summary>
internal static class GpuRows
{
    /// <param name="matrix">Row-major.</param>
    /// <param name="row">Index.</param>
    /// <param name="stride">Elements from a row to the next.</param>
    /// <param name="width">Elements of a row.</param>
    internal static ArrayView<T> Of<T>(ArrayView<T> matrix, int row, int stride, int width)
        where T : unmanaged => matrix.SubView((long)row * stride, width);
}
