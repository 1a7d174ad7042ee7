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
    /// <param name="teams">Teams that decode consecutive inputs of their own if the decoding is divisible; null for the calling thread
    /// and its parallel team alone.</param>
    /// <param name="together">Number of inputs encoded at a time; null for all.</param>
    internal static GeneratedIds[] Run(
        IDecoding decoding, IReadOnlyList<int[]> inputs, T5Config config, int limit, bool isScored, CancellationToken cancellation,
        TeamPlan? teams = null, int? together = null)
    {
        decoding.Begin(inputs, together ?? inputs.Count);
        var answers = new GeneratedIds[inputs.Count];
        void Search(int first, int count, CancellationToken stop)
        {
            using IRowDecoding rows = decoding.Open(first, count);
            SearchRows(rows, answers.AsSpan(first, count), config, limit, isScored, stop);
        }

        if (teams is { } plan && decoding.IsDivisible)
        {
            plan.Run(inputs.Count, usesLibtorch: false, Search, cancellation);
        }
        else
        {
            Search(0, inputs.Count, cancellation);
        }

        return answers;
    }

    private static void SearchRows(
        IRowDecoding decoding, Span<GeneratedIds> answers, T5Config config, int limit, bool isScored, CancellationToken cancellation)
    {
        List<int>[] written = [.. Enumerable.Range(0, answers.Length).Select(_ => new List<int>())];
        List<float>[]? scores = isScored ? [.. written.Select(_ => new List<float>())] : null;
        float[] newestScores = new float[isScored ? answers.Length : 0];
        int[] rows = [.. Enumerable.Range(0, answers.Length)];
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

        for (int i = 0; i < answers.Length; i++)
        {
            List<int> ids = written[i];
            bool isTruncated = ids.Count == 0 || ids[^1] != config.EosTokenId;
            answers[i] = new GeneratedIds(ids, isTruncated) { LogProbabilities = scores?[i] };
        }
    }
}
