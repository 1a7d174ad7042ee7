using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public class BatchOrderTests
{
    [Fact]
    public void Batch_OneEpoch_HoldsEveryRowOnce()
    {
        var order = new BatchOrder(rows: 10, batchSize: 4, seed: 0);
        List<int> seen = [];
        for (int position = 0; position < order.BatchesPerEpoch; position++)
        {
            seen.AddRange(order.Batch(position));
        }

        Assert.Equal(3, order.BatchesPerEpoch);
        Assert.Equal(Enumerable.Range(0, 10), seen.Order());
    }

    [Fact]
    public void Batch_SamePositionReachedInTwoWays_IsTheSame()
    {
        var straight = new BatchOrder(100, 8, seed: 3);
        for (int position = 0; position < 30; position++)
        {
            straight.Batch(position);
        }

        Assert.Equal(straight.Batch(30).ToArray(), new BatchOrder(100, 8, seed: 3).Batch(30).ToArray());
    }

    [Fact]
    public void Batch_OtherEpochOrSeed_HasAnotherOrder()
    {
        var order = new BatchOrder(100, 100, seed: 3);
        int[] first = order.Batch(0).ToArray();
        Assert.NotEqual(first, order.Batch(1).ToArray());
        Assert.NotEqual(first, new BatchOrder(100, 100, seed: 4).Batch(0).ToArray());
    }

    [Fact]
    public void RowsBefore_AcrossAnEpochsEnd_CountsItsShortBatch()
    {
        var order = new BatchOrder(rows: 10, batchSize: 4, seed: 0);
        Assert.Equal([0L, 4, 8, 10, 14], Enumerable.Range(0, 5).Select(p => order.RowsBefore(p)));
    }
}
