using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Generation;

/// <summary>Beam search without early stopping.</summary>
internal static class BeamSearch
{
    /// <summary>The search for one input. Its beams are adjacent in the cache.</summary>
    private sealed class Search(int row, int beams, double lengthPenalty)
    {
        internal int Row => row;

        internal BeamHypotheses Found { get; } = new(beams, lengthPenalty);

        /// <summary>Token ids so far per beam, without the start token.</summary>
        internal int[][] Ids { get; set; } = [.. Enumerable.Repeat(Array.Empty<int>(), beams)];

        /// <summary>Sum of log probabilities per beam. All beams are equal at first, so only one counts.</summary>
        internal float[] Scores { get; set; } = [0, .. Enumerable.Repeat(-1e9f, beams - 1)];

        /// <summary>Index of the beam that each beam continues.</summary>
        internal int[] Origins { get; set; } = [.. Enumerable.Range(0, beams)];

        internal bool IsDone { get; set; }
    }

    /// <param name="model">The model, in eval mode.</param>
    /// <param name="cache">A new cache.</param>
    /// <param name="rows">Number of encoder rows of the cache.</param>
    /// <param name="options">Options with more than one beam.</param>
    /// <param name="cancellation">Checked between tokens.</param>
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

    /// <summary>Returns twice as many continuations as beams, so that enough remain if every beam ends here.</summary>
    /// <returns>Per search 2 · beams log probabilities in descending order, and their origins: beam · V + token.</returns>
    private static (float[] Scores, long[] Choices) Candidates(T5 model, DecoderCache cache, Search[] open, int beams)
    {
        long[] newest =
            [.. open.SelectMany(search => search.Ids.Select(ids => ids.Length > 0 ? ids[^1] : (long)model.Config.DecoderStartTokenId))];
        float[] scores = [.. open.SelectMany(search => search.Scores)];
        Tensor hidden = model.DecodeNext(tensor(newest, device: model.Device), cache);                       // [B · beams, D]
        Tensor sums = model.Logits(hidden).log_softmax(-1) + tensor(scores, [scores.Length, 1], device: model.Device); // [B · beams, V]
        (Tensor best, Tensor choices) = sums.view(open.Length, -1).topk(2 * beams, dim: 1);                  // [B, 2 · beams]
        return ([.. best.cpu().data<float>()], [.. choices.cpu().data<long>()]);
    }

    /// <param name="search">Receives its next beams.</param>
    /// <param name="scores">Log probabilities of the candidates in descending order.</param>
    /// <param name="choices">Origins of the candidates: beam · V + token.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="end">Id of the end token.</param>
    /// <param name="length">Length of the beams before this choice, including the start token.</param>
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

    /// <summary>Reorders the cache's rows to match the new beams and removes those of finished searches.</summary>
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
