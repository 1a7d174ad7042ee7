using DistillStudio.Engine.Text;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Token pairs padded to their longest, as tensors. Disposing frees them.</summary>
/// <param name="InputIds">[B, S] int64, padded with 0.</param>
/// <param name="AttentionMask">[B, S] float32: 1 for a token, 0 for padding.</param>
/// <param name="Labels">[B, T] int64, padded with -100.</param>
public sealed record TokenBatch(Tensor InputIds, Tensor AttentionMask, Tensor Labels) : IDisposable
{
    /// <exception cref="ArgumentException">No pairs.</exception>
    public static TokenBatch Create(IReadOnlyList<TokenPair> pairs, Device device)
    {
        if (pairs.Count == 0)
        {
            throw new ArgumentException("a batch needs a row", nameof(pairs));
        }

        int inputLength = pairs.Max(p => p.Input.Length);
        int targetLength = pairs.Max(p => p.Target.Length);
        long[] ids = new long[pairs.Count * inputLength];
        float[] mask = new float[pairs.Count * inputLength];
        long[] labels = new long[pairs.Count * targetLength];
        Array.Fill(labels, T5.IgnoredLabel);
        for (int row = 0; row < pairs.Count; row++)
        {
            CopyRow(pairs[row].Input, ids.AsSpan(row * inputLength));
            CopyRow(pairs[row].Target, labels.AsSpan(row * targetLength));
            mask.AsSpan(row * inputLength, pairs[row].Input.Length).Fill(1);
        }

        return new TokenBatch(
            tensor(ids, [pairs.Count, inputLength], device: device),
            tensor(mask, [pairs.Count, inputLength], device: device),
            tensor(labels, [pairs.Count, targetLength], device: device));
    }

    public void Dispose()
    {
        InputIds.Dispose();
        AttentionMask.Dispose();
        Labels.Dispose();
    }

    private static void CopyRow(int[] from, Span<long> to)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = from[i];
        }
    }
}
