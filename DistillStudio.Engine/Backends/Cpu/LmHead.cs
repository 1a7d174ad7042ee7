using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Computes the LM head and the losses in chunks of rows, so that the logits of a whole batch are never in memory at once.
/// </summary>
/// <param name="workspace">Workspace of the step.</param>
/// <param name="weight">[V, D]</param>
internal sealed unsafe class LmHead<TFormat>(Workspace workspace, Weight weight)
    where TFormat : struct, INumberFormat
{
    private const long MostBytes = 80L << 20;
    private const int RowStep = 64;

    /// <param name="hidden">[rows, D]</param>
    /// <param name="tokens">Rows of <paramref name="hidden"/>.</param>
    /// <param name="batch">Batch with targets and their weights.</param>
    /// <param name="gradient">Receives the gradient of <paramref name="hidden"/>; default for losses only.</param>
    /// <param name="onPhase">Called after the losses, and after the gradients.</param>
    /// <returns>Loss of each target token.</returns>
    internal float[] Run(Matrix hidden, TokenRows tokens, PackedBatch batch, Matrix gradient, Action<BackendPhase>? onPhase)
    {
        int vocabulary = weight.Outputs;
        int most = Rows(tokens.Padded, vocabulary);
        Arena.Mark mark = workspace.Arena.Taken;
        int* targets = workspace.Arena.Copy<int>(batch.Targets);
        float* weights = workspace.Arena.Copy<float>(batch.Weights);
        float* losses = workspace.Arena.Take<float>(tokens.Padded);
        Matrix logits = workspace.Operand(Math.Min(most, tokens.Padded), vocabulary);
        for (int start = 0; start < tokens.Padded; start += most)
        {
            int count = Math.Min(most, tokens.Padded - start);
            Matrix rows = RowsOf(hidden, start, count);
            Matrix some = RowsOf(logits, 0, count);
            NativeTensor.Product(some.Tensor, rows.Tensor, weight.Across, accumulate: false);
            CrossEntropyKernel<TFormat>.Run(
                Math.Min(count, tokens.Count - start), count, vocabulary, some.Data, targets + start,
                gradient.IsNone ? null : weights + start, losses + start);
            onPhase?.Invoke(BackendPhase.Head);
            if (!gradient.IsNone)
            {
                Workspace.InputGradient(some, weight, RowsOf(gradient, start, count), accumulate: false);
                workspace.WeightGradient(some, rows, weight);
                onPhase?.Invoke(BackendPhase.Backward);
            }
        }

        float[] result = new Span<float>(losses, tokens.Count).ToArray();
        workspace.Arena.Release(mark);
        return result;
    }

    /// <summary>Returns the rows per chunk: as few chunks as possible, since each reads the weight again, of similar size.</summary>
    internal static int Rows(int rows, int vocabulary)
    {
        int times = (int)((((long)rows * vocabulary * TFormat.Size) + MostBytes - 1) / MostBytes);
        return ((rows / times) + RowStep) / RowStep * RowStep;
    }

    private Matrix RowsOf(Matrix matrix, int start, int count) => workspace.Arena.Rows(matrix, start, count, TFormat.Size);
}
