using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Commands.Progress;

public class RunProgressTests
{
    [Fact]
    public void Apply_StepsWithAnEvaluationBetween_CountsItInTimeLeftButNotInTheRate()
    {
        RunProgress progress = Events.Apply(
            Events.Start(maxSteps: 11, evalSteps: 2), Events.Step(1, at: 0), Events.Step(2, at: 1), Events.Validation(2, 0.5, at: 4),
            Events.Step(3, at: 5));

        Assert.Equal(1, progress.StepsPerSecond!.Value, 6);
        double tests = 2 * 3 * 1221 / 974.0;
        // steps, evaluations at 4, 6, 8, 10 and 11, tests of the best and the last weights
        Assert.Equal(8 + (5 * 3) + tests, progress.TimeLeft!.Value.TotalSeconds, 2);
    }

    [Fact]
    public void TimeLeft_BeforeTheSecondStep_IsUnknown() =>
        Assert.Null(Events.Apply(Events.Start(10, 5), Events.Step(1, at: 0)).TimeLeft);

    [Fact]
    public void Evaluating_FollowsTheEvents()
    {
        RunProgress before = Events.Apply(Events.Start(4, 2), Events.Step(1, 0), Events.Step(2, 1));
        RunProgress during = before.Apply(new EvaluationProgressed(2, Dataset.Valid, "current", 12, 80, 1));
        RunProgress after = during.Apply(Events.Validation(2, 0.25, at: 2));
        RunProgress done = after.Apply(Events.Step(3, 3)).Apply(Events.Step(4, 4)).Apply(Events.Validation(4, 0.125, at: 5));
        RunProgress testing = done.Apply(new EvaluationProgressed(4, Dataset.Test, "last", 3, 20, 1));

        Assert.Null(before.Evaluating);
        Assert.Equal("validating 12/80", during.Evaluating?.Text);
        Assert.Null(after.Evaluating);
        Assert.Equal("testing 3/20", testing.Evaluating?.Text);
        Assert.Equal((2, 0.25), (done.Best!.Step, done.Best.Accuracy));
        Assert.Equal(0.125, done.Validation!.Accuracy);
    }
}
