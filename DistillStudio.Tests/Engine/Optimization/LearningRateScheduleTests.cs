using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Optimization;

/// <summary>Expected rates are those of transformers' <c>get_scheduler</c> with the same arguments.</summary>
public class LearningRateScheduleTests
{
    private static readonly RunSpec Twenty = new() { Dataset = "cqa", FromPretrained = "t5", LearningRate = 1e-3, MaxSteps = 20 };

    [Theory]
    [InlineData(LrSchedule.Linear, 0, 0, 1e-3)]
    [InlineData(LrSchedule.Linear, 0, 5, 7.5e-4)]
    [InlineData(LrSchedule.Linear, 0, 19, 5e-5)]
    [InlineData(LrSchedule.Linear, 0, 20, 0)]
    [InlineData(LrSchedule.Linear, 4, 0, 0)]
    [InlineData(LrSchedule.Linear, 4, 1, 2.5e-4)]
    [InlineData(LrSchedule.Linear, 4, 4, 1e-3)]
    [InlineData(LrSchedule.Linear, 4, 12, 5e-4)]
    [InlineData(LrSchedule.Constant, 0, 19, 1e-3)]
    [InlineData(LrSchedule.Constant, 4, 3, 7.5e-4)]
    [InlineData(LrSchedule.Constant, 4, 19, 1e-3)]
    [InlineData(LrSchedule.Cosine, 0, 0, 1e-3)]
    [InlineData(LrSchedule.Cosine, 0, 5, 8.535533905932737e-4)]
    [InlineData(LrSchedule.Cosine, 0, 10, 5e-4)]
    [InlineData(LrSchedule.Cosine, 4, 2, 5e-4)]
    [InlineData(LrSchedule.Cosine, 4, 12, 5e-4)]
    [InlineData(LrSchedule.Cosine, 4, 20, 0)]
    [InlineData(LrSchedule.Linear, 20, 19, 9.5e-4)]
    public void Rate_OfTwentySteps_FollowsTheSchedule(LrSchedule schedule, int warmup, int completed, double expected) =>
        Assert.Equal(expected, LearningRateSchedule.Rate(Twenty with { LrSchedule = schedule, WarmupSteps = warmup }, completed), 15);
}
