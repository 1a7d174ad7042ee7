using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public class ManyEpochsTests
{
    [Theory]
    [InlineData(2000, 0, 20, false)]
    [InlineData(2001, 0, 20, true)]
    [InlineData(2001, 5, 20, false)]
    public void Remark_StepsRowsAndPatience_DecideWhetherThereIsOne(int steps, int patience, double stepsPerEpoch, bool isSaid) =>
        Assert.Equal(
            isSaid, ManyEpochs.Remark(RunDefaults.Paper with { MaxSteps = steps, Patience = patience }, stepsPerEpoch) is not null);

    [Fact]
    public void Remark_UsualStepsOnFewRows_NamesTheTimesAndASmallerNumber() => Assert.StartsWith(
        "10,000 steps read each training row about 500 times, whereas a pretrained model usually learns from far fewer; "
            + "2,000 steps (--max_steps) are 100 times",
        ManyEpochs.Remark(RunDefaults.Paper with { MaxSteps = 10_000 }, 20),
        StringComparison.Ordinal);
}
