using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Commands.Progress;

public class RunProgressTests
{
    [Fact]
    public void Apply_StepsWithAnEvaluationBetween_CountsItInTimeLeftButNotInTheRate()
    {
        RunProgress progress = Events.Apply(
            Events.Start(maxSteps: 11, evalSteps: 2), Events.Step(1, at: 0), Events.Step(2, at: 1), Events.Validation(2, 0.5, at: 4), Events.Step(3, at: 5));

        Assert.Equal(1, progress.StepsPerSecond!.Value, 6);
        Assert.Equal(TimeSpan.FromSeconds(2.5 * 8), progress.TimeLeft);
    }

    [Fact]
    public void TimeLeft_BeforeTheSecondStep_IsUnknown() =>
        Assert.Null(Events.Apply(Events.Start(10, 5), Events.Step(1, at: 0)).TimeLeft);

    [Fact]
    public void TimeLeft_AfterAPause_CountsFromThere()
    {
        RunProgress progress = Events.Apply(
            Events.Start(10, 10), Events.Step(1, at: 0), Events.Step(2, at: 1), new Resumed(2), Events.Step(3, at: 1000), Events.Step(4, at: 1001));

        Assert.Equal(TimeSpan.FromSeconds(6), progress.TimeLeft);
    }

    [Fact]
    public void Phase_FollowsTheEvents()
    {
        RunProgress beforeLook = Events.Apply(Events.Start(4, 2), Events.Step(1, 0), Events.Step(2, 1));
        RunProgress afterLook = beforeLook.Apply(Events.Validation(2, 0.25, at: 2));
        RunProgress last = afterLook.Apply(Events.Step(3, 3)).Apply(Events.Step(4, 4));
        RunProgress done = last.Apply(Events.Validation(4, 0.125, at: 5));

        Assert.True(beforeLook.IsEvaluating);
        Assert.False(afterLook.IsEvaluating);
        Assert.True(last.IsEvaluating);
        Assert.False(last.IsTesting);
        Assert.True(done.IsTesting);
        Assert.Equal(0.25, done.BestAccuracy);
        Assert.Equal(0.125, done.Validation!.Accuracy);
    }
}
