using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Generation;

/// <summary>Takes the likeliest token at each position.</summary>
internal static class GreedySearch
{
    /// <param name="model">In eval mode.</param>
    /// <param name="cache">Fresh.</param>
    /// <param name="rows">Rows of the cache.</param>
    /// <param name="limit">Tokens at most.</param>
    /// <param name="cancellation">Looked at between tokens.</param>
    internal static GeneratedIds[] Run(T5 model, DecoderCache cache, int rows, int limit, CancellationToken cancellation)
    {
        int end = model.Config.EosTokenId;
        List<int>[] written = [.. Enumerable.Range(0, rows).Select(_ => new List<int>())];
        int[] batch = [.. Enumerable.Range(0, rows)]; // which row each row of the cache writes
        long[] newest = [.. Enumerable.Repeat((long)model.Config.DecoderStartTokenId, rows)];
        for (int step = 0; step < limit; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            newest = Next(model, cache, newest);
            for (int i = 0; i < batch.Length; i++)
            {
                if (!IsFinished(written[batch[i]], end))
                {
                    written[batch[i]].Add((int)newest[i]);
                }
            }

            int[] going = [.. Enumerable.Range(0, batch.Length).Where(i => !IsFinished(written[batch[i]], end))];
            if (going.Length == 0)
            {
                break;
            }

            // Dropping rows copies the cache of the others, so it waits until it pays.
            if ((batch.Length - going.Length) * 4 >= batch.Length)
            {
                Tensor kept = tensor(going.Select(i => (long)i).ToArray(), device: model.Device);
                cache.SelectRows(kept);
                cache.SelectEncoderRows(kept);
                batch = [.. going.Select(i => batch[i])];
                newest = [.. going.Select(i => newest[i])];
            }
        }

        return [.. written.Select(ids => new GeneratedIds(ids, !IsFinished(ids, end)))];
    }

    private static long[] Next(T5 model, DecoderCache cache, long[] newest)
    {
        Tensor hidden = model.DecodeNext(tensor(newest, device: model.Device), cache);     // [N, D]
        return [.. model.Logits(hidden).argmax(-1).cpu().data<long>()];
    }

    private static bool IsFinished(List<int> ids, int end) => ids.Count > 0 && ids[^1] == end;
}
