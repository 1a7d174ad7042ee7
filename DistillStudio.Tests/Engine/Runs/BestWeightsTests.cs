using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Engine.Runs;

public class BestWeightsTests
{
    [Theory]
    [InlineData(200, 0.6, 2.0, true)] // higher accuracy, whatever the loss
    [InlineData(200, 0.4, 0.1, false)]
    [InlineData(200, 0.5, 0.9, true)] // a tie: the lower loss
    [InlineData(200, 0.5, 1.1, false)]
    [InlineData(200, 0.5, 1.0, false)] // equal in both: the earlier step
    [InlineData(50, 0.5, 1.0, true)]
    [InlineData(200, 0.5, double.NaN, false)]
    public void IsBetterThan_OneAtStep100WithHalfRightAndLossOne_IsByAccuracyThenLossThenStep(
        int step, double accuracy, double loss, bool expected)
    {
        var before = new BestWeights(100, 0.5, 1);
        var now = new BestWeights(step, accuracy, loss);

        Assert.Equal(expected, now.IsBetterThan(before));
        Assert.Equal(!expected, before.IsBetterThan(now));
    }

    [Fact]
    public void Of_AfterALossOfNaN_PrefersAFiniteOne()
    {
        var first = BestWeights.Of(null, RunScript.Valid(100, 0) with { LabelLoss = double.NaN });
        Assert.Equal(200, BestWeights.Of(first, RunScript.Valid(200, 0) with { LabelLoss = 9 }).Step);
    }
}
