using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// <see cref="CrossEntropyKernel{TFormat}"/> for GPUs, a group per row. The forward pass reads the logits once; the backward pass reads
/// them again and writes the gradient, which may replace them. Rows with a negative target count for nothing.
/// </summary>
internal static class GpuCrossEntropyKernel
{
    /// <param name="logits">[rows, V]</param>
    /// <param name="targets">[rows], below V</param>
    /// <param name="vocabulary">V</param>
    /// <param name="losses">Receives [rows], in nats.</param>
    /// <param name="highest">Receives each row's highest logit, [rows].</param>
    /// <param name="inverse">Receives 1 / Σ exp(z − highest), [rows].</param>
    internal static void Forward<T, TFormat>(
        ArrayView<T> logits, ArrayView<long> targets, int vocabulary, ArrayView<float> losses, ArrayView<float> highest,
        ArrayView<float> inverse)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        int row = Grid.IdxX;
        ArrayView<T> z = GpuRows.Of(logits, row, vocabulary, vocabulary);
        float most = float.MinValue;
        float sum = 0; // Σ exp(z − most) over the logits so far
        for (int i = Group.IdxX; i < vocabulary; i += Group.DimX)
        {
            float value = TFormat.Load(z[i]);
            if (value > most)
            {
                sum = (sum * GpuMath.Exp(most - value)) + 1;
                most = value;
            }
            else
            {
                sum += GpuMath.Exp(value - most);
            }
        }

        float highestOfAll = GroupReduction.Max(most);
        float total = GroupReduction.Sum(sum * GpuMath.Exp(most - highestOfAll));
        if (Group.IdxX == 0)
        {
            long target = targets[row];
            highest[row] = highestOfAll;
            inverse[row] = 1 / total;
            losses[row] = target < 0 ? 0 : GpuMath.Log(total) - (TFormat.Load(z[target]) - highestOfAll);
        }
    }

    /// <summary>Computes weight · (softmax(z) − 1 at the target).</summary>
    /// <param name="weights">[rows]: gradient of each row's loss.</param>
    /// <param name="gradient">Receives [rows, V].</param>
    internal static void Backward<T, TFormat>(
        ArrayView<T> logits, ArrayView<long> targets, int vocabulary, ArrayView<float> weights, ArrayView<float> highest,
        ArrayView<float> inverse, ArrayView<T> gradient)
        where T : unmanaged
        where TFormat : struct, IGpuFormat<T>
    {
        int row = Grid.IdxX;
        ArrayView<T> z = GpuRows.Of(logits, row, vocabulary, vocabulary);
        ArrayView<T> dz = GpuRows.Of(gradient, row, vocabulary, vocabulary);
        long target = targets[row];
        float weight = weights[row];
        float most = highest[row];
        float factor = inverse[row];
        for (int i = Group.IdxX; i < vocabulary; i += Group.DimX)
        {
            float share = GpuMath.Exp(TFormat.Load(z[i]) - most) * factor;
            dz[i] = TFormat.Store(target < 0 ? 0 : weight * (i == target ? share - 1 : share));
        }
    }
}
