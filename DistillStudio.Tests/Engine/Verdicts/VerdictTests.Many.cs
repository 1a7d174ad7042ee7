using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Tests.Engine.Verdicts;

public sealed partial class VerdictTests
{
    [Fact]
    public void Of_FortyRuns_IsOneVerdictOverTwentySeeds()
    {
        ComparedRun[] runs =
        [
            .. Enumerable.Range(0, 20).Select(
                seed => _scene.Finished(Standard with { Seed = seed }, row => row < 100 + (seed * 7 % 20), rows: 250)),
            .. Enumerable.Range(0, 20).Select(
                seed => _scene.Finished(StepByStep with { Seed = seed }, row => row < 130 + (seed * 11 % 20), rows: 250)),
        ];

        MethodsClaim methods = Verdict.Of(runs).Leading!.Methods!;

        Assert.Equal((20, true), (methods.SeedCount, methods.Judgement.IsDecided));
        Assert.Equal(0.12, methods.Difference, 2);
    }

    /// <summary>
    /// Twenty times, seeds as far apart as those of the demo's standard training (14 points) pose as two methods: 5 % may be decided.
    /// </summary>
    [Fact]
    public void Of_SeedsOfOneMethodPosingAsTwo_AreHardlyEverDecided()
    {
        const int Rows = 250;
        var random = new SimulatedRuns(41, 1, 0, 0);
        ComparedRun[] Seeds(double learningRate) =>
        [
            .. Enumerable.Range(0, 5).Select(seed =>
            {
                int right = (int)(Rows * (0.75 + (0.05 * random.Normal())));
                return _scene.Finished(Standard with { Seed = seed, LearningRate = learningRate }, row => row < right, Rows);
            }),
        ];

        Verdict[] verdicts = [.. Enumerable.Range(0, 20).Select(_ => Verdict.Of([.. Seeds(0.004), .. Seeds(0.005)]))];

        Assert.All(verdicts, verdict => Assert.Equal(5, verdict.Leading!.Methods!.SeedCount));
        Assert.InRange(verdicts.Count(verdict => verdict.Leading!.Methods!.Judgement.IsDecided), 0, 1);
        Assert.Contains(verdicts, verdict => verdict.Leading!.Models.Judgement.IsDecided); // the models do differ
    }
}
