using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Generation;

/// <summary>Selects the argmax token at each position.</summary>
internal static class GreedySearch
{
    /// <param name="decoding">Decoding of the model.</param>
    /// <param name="inputs">At least one.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="limit">Maximum number of tokens.</param>
    /// <param name="isScored">Returns the tokens' log probabilities too.</param>
    /// <param name="cancellation">Checked between tokens.</param>
    internal static GeneratedIds[] Run(
        IDecoding decoding, IReadOnlyList<int[]> inputs, T5Config config, int limit, bool isScored, CancellationToken cancellation)
    {
        decoding.Begin(inputs);
        List<int>[] written = [.. inputs.Select(_ => new List<int>())];
        List<float>[]? scores = isScored ? [.. inputs.Select(_ => new List<float>())] : null;
        float[] newestScores = new float[isScored ? inputs.Count : 0];
        int[] rows = [.. Enumerable.Range(0, inputs.Count)];
        int[] newest = [.. Enumerable.Repeat(config.DecoderStartTokenId, rows.Length)];
        for (int step = 0; step < limit && rows.Length > 0; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            newest = decoding.Next(rows, newest, newestScores);
            for (int i = 0; i < rows.Length; i++)
            {
                written[rows[i]].Add(newest[i]);
                scores?[rows[i]].Add(newestScores[i]);
            }

            int[] going = [.. Enumerable.Range(0, rows.Length).Where(i => newest[i] != config.EosTokenId)];
            rows = [.. going.Select(i => rows[i])];
            newest = [.. going.Select(i => newest[i])];
        }

        return
        [
            .. written.Select((ids, i) =>
                new GeneratedIds(ids, IsTruncated: ids.Count == 0 || ids[^1] != config.EosTokenId) { LogProbabilities = scores?[i] }),
        ];
    }
}
