using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public class BatchOrderTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    public void Step_OneEpoch_HoldsEveryRowOnce(int batches, int steps)
    {
        var order = new BatchOrder(rows: 10, batchSize: 4, batches, seed: 0);

        Assert.Equal(steps, order.StepsPerEpoch);
        Assert.Equal(
            Enumerable.Range(0, 10), Enumerable.Range(0, steps).SelectMany(step => order.Step(step).SelectMany(batch => batch)).Order());
    }

    [Fact]
    public void Step_SameStepReachedInTwoWays_IsTheSame()
    {
        BatchOrder straight = Of(8, 1, seed: 3);
        for (int step = 0; step < 30; step++)
        {
            straight.Step(step);
        }

        Assert.Equal(straight.Step(30), Of(8, 1, seed: 3).Step(30));
    }

    [Fact]
    public void Step_OtherEpochOrSeed_HasAnotherOrder()
    {
        BatchOrder order = Of(100, 1, seed: 3);
        int[][] first = order.Step(0);
        Assert.NotEqual(first, order.Step(1));
        Assert.NotEqual(first, Of(100, 1, seed: 4).Step(0));
    }

    /// <summary>One batch per step draws as before: the permutation of the epoch, from its start.</summary>
    [Fact]
    public void Step_OneBatch_TakesTheEpochsPermutationInOrder()
    {
        BatchOrder order = Of(32, 1, seed: 5);
        int[] second = new SeededRandom(SeededRandom.Derive(5, 1)).Permutation(100);
        Assert.Equal([second[..32]], order.Step(4));
        Assert.Equal([second[96..]], order.Step(7));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(1, 16)]
    [InlineData(3, 5)]
    public void Step_OfSeveralBatches_UsesTheRowsOfOneLargeBatch_AcrossEpochs(int batchSize, int batches)
    {
        BatchOrder parts = Of(batchSize, batches, seed: 1), whole = Of(batchSize * batches, 1, seed: 1);
        Assert.Equal(whole.StepsPerEpoch, parts.StepsPerEpoch);
        for (int step = 0; step < 3 * whole.StepsPerEpoch; step++)
        {
            Assert.Equal(whole.Step(step).Single(), parts.Step(step).SelectMany(batch => batch));
            Assert.All(parts.Step(step).SkipLast(1), batch => Assert.Equal(batchSize, batch.Length));
            Assert.Equal(whole.RowsBefore(step), parts.RowsBefore(step));
        }
    }

    [Fact]
    public void Step_LargerThanAllRows_HoldsThemAll()
    {
        var order = new BatchOrder(rows: 3, batchSize: 65_536, batches: 65_536, seed: 0);
        Assert.Equal((1, 3), (order.StepsPerEpoch, order.Step(7).Single().Length));
        Assert.Equal(21, order.RowsBefore(7));
    }

    [Fact]
    public void RowsBefore_AcrossAnEpochsEnd_CountsItsShortBatch()
    {
        var order = new BatchOrder(rows: 10, batchSize: 4, batches: 1, seed: 0);
        Assert.Equal([0L, 4, 8, 10, 14], Enumerable.Range(0, 5).Select(step => order.RowsBefore(step)));
    }

    private static BatchOrder Of(int batchSize, int batches, int seed) => new(100, batchSize, batches, seed);
}
