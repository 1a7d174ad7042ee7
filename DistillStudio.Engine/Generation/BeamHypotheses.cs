namespace DistillStudio.Engine.Generation;

/// <summary>The best hypotheses found so far for one input, at most as many as there are beams.</summary>
internal sealed class BeamHypotheses(int beams, double lengthPenalty)
{
    private readonly List<Hypothesis> _kept = [];

    private sealed record Hypothesis(double Score, int[] Ids, bool IsFinished);

    /// <param name="ids">Token ids without start and end tokens.</param>
    /// <param name="logProbability">Sum over the tokens, including the end token if it was reached.</param>
    /// <param name="isFinished">True if the end token was reached.</param>
    internal void Add(int[] ids, double logProbability, bool isFinished)
    {
        double score = Score(logProbability, ids.Length + 1);
        if (_kept.Count < beams || score > _kept.Min(kept => kept.Score))
        {
            _kept.Add(new Hypothesis(score, ids, isFinished));
            if (_kept.Count > beams)
            {
                _kept.Remove(_kept.MinBy(kept => kept.Score)!);
            }
        }
    }

    /// <summary>Returns true once no open candidate of this length can score higher than the worst kept hypothesis.</summary>
    /// <param name="bestLogProbability">Highest log probability of the open candidates.</param>
    /// <param name="length">Length of the candidates, including the start token.</param>
    internal bool IsComplete(double bestLogProbability, int length) =>
        _kept.Count >= beams && _kept.Min(kept => kept.Score) >= Score(bestLogProbability, length);

    /// <summary>Returns the hypothesis with the highest score; the latest in case of a tie.</summary>
    internal GeneratedIds Best(int end)
    {
        Hypothesis best = _kept.Aggregate((best, next) => next.Score >= best.Score ? next : best);
        return new GeneratedIds(best.IsFinished ? [.. best.Ids, end] : best.Ids, !best.IsFinished);
    }

    /// <param name="logProbability">Sum over the tokens.</param>
    /// <param name="length">Length including the start token, excluding the end token.</param>
    private double Score(double logProbability, int length) => logProbability / Math.Pow(length, lengthPenalty);
}
