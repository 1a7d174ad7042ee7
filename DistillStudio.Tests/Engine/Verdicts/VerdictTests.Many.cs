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
}
