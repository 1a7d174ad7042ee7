using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Which rows each step sees: every epoch passes once over all rows in an order of its own, its last step may see fewer.
/// A step's rows are cut into batches only after they are drawn, so that accumulating gradients over several small batches sees what one large batch
/// would, at an epoch's end too. A pure function of seed and step, so that a resumed run goes on with the very next row.
/// </summary>
/// <param name="rows">There are, at least 1.</param>
/// <param name="batchSize">Rows of a batch.</param>
/// <param name="batches">Batches of a step.</param>
/// <param name="seed">Of the orders.</param>
public sealed class BatchOrder(int rows, int batchSize, int batches, int seed)
{
    private readonly long _rowsPerStep = (long)batchSize * batches;
    private int _epoch = -1;
    private int[] _order = [];

    public int StepsPerEpoch { get; } = StepsFor(rows, batchSize, batches);

    /// <summary>Steps of one pass over so many rows.</summary>
    public static int StepsFor(int rows, int batchSize, int batches) => (int)((rows + ((long)batchSize * batches) - 1) / ((long)batchSize * batches));

    /// <summary>Rows of a step counted from 0 over all epochs, batch by batch: the last may be short, and there may be fewer of them.</summary>
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

    /// <summary>Rows seen before a step counted from 0.</summary>
    public long RowsBefore(long step) => (step / StepsPerEpoch * rows) + (step % StepsPerEpoch * _rowsPerStep);
}
