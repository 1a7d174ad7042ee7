using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;

namespace DistillStudio.Tests.Engine.Backends;

public sealed class TeamPlanTests
{
    private static readonly T5Config Mini =
        new() { VocabSize = 32128, DModel = 384, DKv = 64, DFf = 1536, NumLayers = 4, NumDecoderLayers = 4, NumHeads = 8 };

    private static readonly T5Config Tiny =
        new() { VocabSize = 832, DModel = 64, DKv = 16, DFf = 256, NumLayers = 2, NumDecoderLayers = 2, NumHeads = 4 };

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(32, 1, 1, 1)]
    [InlineData(32, 2, 1, 2)]    // one team: two would each read all weights
    [InlineData(64, 2, 2, 1)]
    [InlineData(1000, 2, 2, 1)]
    [InlineData(32, 16, 1, 16)]
    [InlineData(64, 16, 2, 8)]
    [InlineData(512, 16, 16, 1)]
    [InlineData(100_000, 16, 16, 1)]
    public void OfDecoding_LargeModel_DividesOnlyManyRows(int rows, int threads, int teams, int size) =>
        Assert.Equal(new TeamPlan(teams, size), TeamPlan.OfDecoding(Mini, rows, threads));

    [Theory]
    [InlineData(1, 16, 1, 1)]    // threads would spend their time meeting
    [InlineData(32, 2, 2, 1)]    // the weights are small enough for each core's cache
    [InlineData(8, 16, 1, 1)]
    [InlineData(512, 16, 16, 1)]
    public void OfDecoding_TinyModel_UsesFewerThreadsOrMoreTeams(int rows, int threads, int teams, int size) =>
        Assert.Equal(new TeamPlan(teams, size), TeamPlan.OfDecoding(Tiny, rows, threads));

    [Theory]
    [InlineData(4, 2, 1, 2)]
    [InlineData(128, 2, 2, 1)]
    [InlineData(64, 16, 4, 4)]
    [InlineData(1, 1, 1, 1)]
    public void OfBeams_DividesRowsByTheThreads(int rows, int threads, int teams, int size) =>
        Assert.Equal(new TeamPlan(teams, size), TeamPlan.OfBeams(rows, threads));

    [Theory]
    [InlineData(1, 16, 1, 16)]
    [InlineData(8, 16, 8, 2)]
    [InlineData(8, 2, 2, 1)]
    [InlineData(40, 16, 16, 1)]
    [InlineData(3, 1, 1, 1)]
    public void OfLosses_GivesEachPartATeamIfThereAreThreads(int parts, int threads, int teams, int size) =>
        Assert.Equal(new TeamPlan(teams, size), TeamPlan.OfLosses(parts, threads));

    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 8)]
    [InlineData(8, 3)]
    [InlineData(7, 100)]
    public void Run_Rows_GivesEachToOneTeam(int teams, int rows)
    {
        int[] done = new int[rows];
        new TeamPlan(teams, 1).Run(
            rows, usesLibtorch: false,
            (first, count, _) =>
            {
                for (int row = first; row < first + count; row++)
                {
                    Interlocked.Increment(ref done[row]);
                }
            },
            TestContext.Current.CancellationToken);

        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void OfDecoding_FewRowsOfALargeModel_StillUsesSeveralThreads() =>
        Assert.InRange(TeamPlan.OfDecoding(Mini, 3, 16).Size, 2, 8);

    [Fact]
    public void RowsAtATime_IsOneBatchPerThreadUnlessTheCachesAreLarge()
    {
        T5Config wide = Mini with { DModel = 1024, NumHeads = 16, NumLayers = 24, NumDecoderLayers = 24 };

        Assert.Equal(64, TeamPlan.RowsAtATime(Mini, Precision.Float32, 100, 32, threads: 2));
        Assert.Equal(32, TeamPlan.RowsAtATime(Mini, Precision.Float32, 100, 32, threads: 1));
        Assert.Equal(512, TeamPlan.RowsAtATime(Tiny, Precision.Float32, 100, 32, threads: 16));
        Assert.Equal(32, TeamPlan.RowsAtATime(wide, Precision.Float32, 300, 32, threads: 16));
        Assert.Equal(500, TeamPlan.RowsAtATime(wide, Precision.Float32, 300, 500, threads: 16));
        Assert.InRange(
            TeamPlan.RowsAtATime(Mini, Precision.BFloat16, 100, 32, threads: 64),
            TeamPlan.RowsAtATime(Mini, Precision.Float32, 100, 32, threads: 64) + 32, 64 * 32);
    }
}
