using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Generation;

/// <summary>Keeps the likeliest few beginnings of an answer, without early stopping.</summary>
internal static class BeamSearch
{
    /// <summary>An input that is still being answered. Its beams lie next to each other in the cache.</summary>
    private sealed class Search(int row, int beams, double lengthPenalty)
    {
        internal int Row => row;

        internal BeamHypotheses Found { get; } = new(beams, lengthPenalty);

        /// <summary>Per beam the ids so far, without the start.</summary>
        internal int[][] Ids { get; set; } = [.. Enumerable.Repeat(Array.Empty<int>(), beams)];

        /// <summary>Per beam the sum of log probabilities. At first all beams are equal, so only one may count.</summary>
        internal float[] Scores { get; set; } = [0, .. Enumerable.Repeat(-1e9f, beams - 1)];

        /// <summary>Per beam the one that it continues.</summary>
        internal int[] Origins { get; set; } = [.. Enumerable.Range(0, beams)];

        internal bool IsDone { get; set; }
    }

    /// <param name="model">In eval mode.</param>
    /// <param name="cache">Fresh.</param>
    /// <param name="rows">Encoder rows of the cache.</param>
    /// <param name="options">More than one beam.</param>
    /// <param name="cancellation">Looked at between tokens.</param>
    internal static GeneratedIds[] Run(T5 model, DecoderCache cache, int rows, GenerationOptions options, CancellationToken cancellation)
    {
        int beams = options.Beams;
        int end = model.Config.EosTokenId;
        Search[] all = [.. Enumerable.Range(0, rows).Select(row => new Search(row, beams, options.LengthPenalty))];
        Search[] open = all;
        for (int step = 0; step < options.MaxNewTokens && open.Length > 0; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            (float[] scores, long[] choices) = Candidates(model, cache, open, beams);
            for (int i = 0; i < open.Length; i++)
            {
                Range range = (i * 2 * beams)..((i + 1) * 2 * beams);
                Choose(open[i], scores.AsSpan(range), choices.AsSpan(range), model.Config.VocabSize, end, length: step + 1);
            }

            open = SelectRows(model, cache, open, beams);
        }

        foreach (Search search in open)
        {
            for (int beam = 0; beam < beams; beam++)
            {
                search.Found.Add(search.Ids[beam], search.Scores[beam], isFinished: false);
            }
        }

        return [.. all.Select(search => search.Found.Best(end))];
    }

    /// <summary>Twice as many continuations as beams, so that enough remain if every beam could end here.</summary>
    /// <returns>Per search 2 · beams log probabilities, the best first, and where they come from: beam · V + token.</returns>
    private static (float[] Scores, long[] Choices) Candidates(T5 model, DecoderCache cache, Search[] open, int beams)
    {
        long[] newest = [.. open.SelectMany(search => search.Ids.Select(ids => ids.Length > 0 ? ids[^1] : (long)model.Config.DecoderStartTokenId))];
        float[] scores = [.. open.SelectMany(search => search.Scores)];
        Tensor hidden = model.DecodeNext(tensor(newest, device: model.Device), cache);                       // [B · beams, D]
        Tensor sums = model.Logits(hidden).log_softmax(-1) + tensor(scores, [scores.Length, 1], device: model.Device); // [B · beams, V]
        (Tensor best, Tensor choices) = sums.view(open.Length, -1).topk(2 * beams, dim: 1);                  // [B, 2 · beams]
        return ([.. best.cpu().data<float>()], [.. choices.cpu().data<long>()]);
    }

    /// <param name="search">Gets its next beams.</param>
    /// <param name="scores">Of the candidates, the best first.</param>
    /// <param name="choices">Beam · V + token.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="end">The closing token.</param>
    /// <param name="length">Of the beams before this choice, the start token included.</param>
    private static void Choose(Search search, ReadOnlySpan<float> scores, ReadOnlySpan<long> choices, int vocabulary, int end, int length)
    {
        int beams = search.Scores.Length;
        var ids = new List<int[]>(beams);
        var nextScores = new List<float>(beams);
        var origins = new List<int>(beams);
        for (int rank = 0; rank < choices.Length && ids.Count < beams; rank++)
        {
            int beam = (int)(choices[rank] / vocabulary);
            int token = (int)(choices[rank] % vocabulary);
            if (token != end)
            {
                ids.Add([.. search.Ids[beam], token]);
                nextScores.Add(scores[rank]);
                origins.Add(beam);
            }
            else if (rank < beams)
            {
                search.Found.Add(search.Ids[beam], scores[rank], isFinished: true);
            }
        }

        search.Ids = [.. ids];
        search.Scores = [.. nextScores];
        search.Origins = [.. origins];
        search.IsDone = search.Found.IsComplete(scores[0], length);
    }

    /// <summary>Puts the cache's rows in the order of the new beams, without those of searches that are done.</summary>
    private static Search[] SelectRows(T5 model, DecoderCache cache, Search[] searches, int beams)
    {
        int[] going = [.. Enumerable.Range(0, searches.Length).Where(i => !searches[i].IsDone)];
        if (going.Length > 0)
        {
            long[] rows = [.. going.SelectMany(i => searches[i].Origins.Select(origin => ((long)i * beams) + origin))];
            cache.SelectRows(tensor(rows, device: model.Device));
            if (going.Length < searches.Length)
            {
                cache.SelectEncoderRows(tensor(going.Select(i => (long)i).ToArray(), device: model.Device));
            }
        }

        return [.. going.Select(i => searches[i])];
    }
}
