using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Determines the examples of each step. Every epoch visits each example once, in its own order; its last step may have fewer. The
/// examples of a step are drawn before they are divided into batches, so that accumulating gradients over several small batches uses the
/// same examples as one large batch, also at the end of an epoch. A pure function of seed and step, so that a resumed run continues with
/// the next example.
/// </summary>
/// <param name="rows">Number of training examples; at least 1.</param>
/// <param name="batchSize">Examples per batch.</param>
/// <param name="batches">Batches per step.</param>
/// <param name="seed">Seed of the orders.</param>
public sealed class BatchOrder(int rows, int batchSize, int batches, int seed)
{
    private readonly long _rowsPerStep = (long)batchSize * batches;
    private int _epoch = -1;
    private int[] _order = [];

    public int StepsPerEpoch { get; } = StepsFor(rows, batchSize, batches);

    /// <summary>Returns the number of steps in one epoch over <paramref name="rows"/> examples.</summary>
    public static int StepsFor(int rows, int batchSize, int batches) =>
        (int)((rows + ((long)batchSize * batches) - 1) / ((long)batchSize * batches));

    /// <summary>
    /// Returns the examples of a step, counted from 0 over all epochs, by batch. The last batch may be short, and there may be fewer
    /// batches.
    /// </summary>
    public int[][] Step(long step)
    {
        int epoch = (int)(step / StepsPerEpoch);
        if (epoch != _epoch)
        {
            _order = new SeededRandom(SeededRandom.Derive((ulong)seed, (ulong)epoch)).Permutation(rows);
            _epoch = epoch;
        }

        long start = step % StepsPerEpoch * _rowsPerStep;
        return [.. _order[(int)start..(int)Math.Min(start + _rowsPerStep, rows)].Chunk(batchSize)];
    }

    /// <summary>Returns the number of examples used before a step counted from 0.</summary>
    public long RowsBefore(long step) => (step / StepsPerEpoch * rows) + (step % StepsPerEpoch * _rowsPerStep);
}
