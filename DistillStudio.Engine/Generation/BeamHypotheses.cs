namespace DistillStudio.Engine.Generation;

/// <summary>The best answers found so far for one input, at most as many as there are beams.</summary>
internal sealed class BeamHypotheses(int beams, double lengthPenalty)
{
    private readonly List<Hypothesis> _kept = [];

    private sealed record Hypothesis(double Score, int[] Ids, bool IsFinished);

    /// <param name="ids">Without start and end.</param>
    /// <param name="logProbability">Sum over the tokens, the end included where it was reached.</param>
    /// <param name="isFinished">The end was reached.</param>
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

    /// <summary>True once no open candidate of this length can do better than the worst that is kept.</summary>
    /// <param name="bestLogProbability">Of the open candidates.</param>
    /// <param name="length">Of the candidates, the start token included.</param>
    internal bool IsComplete(double bestLogProbability, int length) =>
        _kept.Count >= beams && _kept.Min(kept => kept.Score) >= Score(bestLogProbability, length);

    /// <summary>The likeliest; of equals the latest.</summary>
    internal GeneratedIds Best(int end)
    {
        Hypothesis best = _kept.Aggregate((best, next) => next.Score >= best.Score ? next : best);
        return new GeneratedIds(best.IsFinished ? [.. best.Ids, end] : best.Ids, !best.IsFinished);
    }

    /// <param name="logProbability">Sum over the tokens.</param>
    /// <param name="length">The start token included, the end not.</param>
    private double Score(double logProbability, int length) => logProbability / Math.Pow(length, lengthPenalty);
}
