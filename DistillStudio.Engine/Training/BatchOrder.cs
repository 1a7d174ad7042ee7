using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Which rows each batch holds: every epoch passes once over all rows in an order of its own, its last batch may be short.
/// A pure function of seed and position, so that a resumed run goes on with the very next row.
/// </summary>
public sealed class BatchOrder(int rows, int batchSize, int seed)
{
    private int _epoch = -1;
    private int[] _order = [];

    public int BatchesPerEpoch { get; } = (rows + batchSize - 1) / batchSize;

    /// <summary>Rows of the batch at a position counted from 0 over all epochs.</summary>
    public ReadOnlySpan<int> Batch(long position)
    {
        int epoch = (int)(position / BatchesPerEpoch);
        if (epoch != _epoch)
        {
            _order = new SeededRandom(SeededRandom.Derive((ulong)seed, (ulong)epoch)).Permutation(rows);
            _epoch = epoch;
        }

        int start = (int)(position % BatchesPerEpoch) * batchSize;
        return _order.AsSpan(start, Math.Min(batchSize, rows - start));
    }

    /// <summary>Rows seen before the batch at this position.</summary>
    public long RowsBefore(long position) =>
        (position / BatchesPerEpoch * rows) + (position % BatchesPerEpoch * batchSize);
}
