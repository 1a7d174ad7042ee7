using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Generation;

/// <summary>Beam search without early stopping.</summary>
internal static class BeamSearch
{
    /// <summary>The search for one input.</summary>
    private sealed class Search(int input, int beams, double lengthPenalty)
    {
        internal int Input => input;

        internal BeamHypotheses Found { get; } = new(beams, lengthPenalty);

        /// <summary>Token ids so far per beam, without the start token.</summary>
        internal int[][] Ids { get; set; } = [.. Enumerable.Repeat(Array.Empty<int>(), beams)];

        /// <summary>Sum of log probabilities per beam. All beams are equal at first, so only one counts.</summary>
        internal float[] Scores { get; set; } = [0, .. Enumerable.Repeat(-1e9f, beams - 1)];

        /// <summary>Index of the beam that each beam continues.</summary>
        internal int[] Origins { get; set; } = [.. Enumerable.Range(0, beams)];

        internal bool IsDone { get; set; }
    }

    /// <param name="decoding">Decoding of the model.</param>
    /// <param name="inputs">At least one.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="options">Options with more than one beam.</param>
    /// <param name="cancellation">Checked between tokens.</param>
    internal static GeneratedIds[] Run(
        IBeamDecoding decoding, IReadOnlyList<int[]> inputs, T5Config config, GenerationOptions options, CancellationToken cancellation)
    {
        int beams = options.Beams;
        decoding.Begin(inputs, beams);
        Search[] all = [.. Enumerable.Range(0, inputs.Count).Select(input => new Search(input, beams, options.LengthPenalty))];
        Search[] open = all;
        for (int step = 0; step < options.MaxNewTokens && open.Length > 0; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            BeamCandidates candidates = decoding.Next([.. open.Select(search => search.Input)], BeamsOf(open, config.DecoderStartTokenId));
            for (int i = 0; i < open.Length; i++)
            {
                Range range = (i * 2 * beams)..((i + 1) * 2 * beams);
                Choose(
                    open[i], candidates.Scores.AsSpan(range), candidates.Choices.AsSpan(range), config.VocabSize, config.EosTokenId,
                    length: step + 1);
            }

            open = [.. open.Where(search => !search.IsDone)];
        }

        foreach (Search search in open)
        {
            for (int beam = 0; beam < beams; beam++)
            {
                search.Found.Add(search.Ids[beam], search.Scores[beam], isFinished: false);
            }
        }

        return [.. all.Select(search => search.Found.Best(config.EosTokenId))];
    }

    private static Beams BeamsOf(Search[] searches, int start) => new(
        [.. searches.SelectMany(search => search.Origins)],
        [.. searches.SelectMany(search => search.Ids.Select(ids => ids.Length > 0 ? ids[^1] : start))],
        [.. searches.SelectMany(search => search.Scores)]);

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
}
