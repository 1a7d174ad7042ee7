using DistillStudio.Components.Pages.Runs;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Runs;

public sealed class RunGroupingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_ByEverythingButSeed_GivesMeanAndIntervalOverSeeds()
    {
        IReadOnlyList<RunGroup> groups =
            Groups(
                RunGrouping.ByEverythingButSeed, Run("a", 0, 0.5), Run("b", 1, 0.6), Run("c", 2, 0.7), Run("d", 0, 0.9, alpha: 0.1),
                Run("e", 3, null));

        Assert.Equal([4, 1], groups.Select(group => group.Runs.Count));
        Assert.Equal([0, 1, 2, 3], groups[0].Seeds);
        Assert.Equal(0.6, groups[0].Test!.Mean, 9);
        // Student's t, two degrees of freedom
        Assert.Equal(0.6 - (4.302652729911275 * 0.1 / Math.Sqrt(3)), groups[0].Test!.Interval!.Low, 6);
        Assert.Null(groups[1].Test!.Interval);
    }

    [Fact]
    public void Of_RunsWithEqualSettings_CountsTheFirstOnly()
    {
        RunGroup group = Assert.Single(Groups(RunGrouping.ByEverythingButSeed, Run("b", 0, 0.9), Run("a", 0, 0.5), Run("c", 1, 0.7)));

        Assert.Equal((3, 2, 0.6), (group.Runs.Count, group.Counted, Math.Round(group.Test!.Mean, 9)));
    }

    [Fact]
    public void Of_RunsTestedOnDifferentRows_GivesNoMean()
    {
        Assert.Null(Assert.Single(Groups(SettingsTable.Dataset.JsonName, Run("a", 0, 0.5), Run("b", 1, 0.5, rows: 60))).Test);
    }

    [Fact]
    public void Of_BySettingAndByStudy_NamesTheGroups()
    {
        RunSummary[] runs = [
            Run("a", 0, 0.5) with { Group = "study/s" }, Run("b", 1, 0.6, alpha: 0.1) with { Group = "study/gone" },
            Run("c", 0, 0.6) with { Group = "pair" },
        ];

        Assert.Equal(["The study", "gone", "No study"], Groups(RunGrouping.ByStudy, runs).Select(group => group.Title));
        Assert.Equal(["0.5", "0.1"], Groups("alpha", runs).Select(group => group.Title));
        Assert.Equal(RunGrouping.All.Count, RunGrouping.All.Select(grouping => grouping.Key).Distinct().Count());
        Assert.All(RunGrouping.All, grouping => Assert.Equal(3, grouping.Of(runs, _folder.Home, _ => null).Sum(group => group.Runs.Count)));
    }

    private IReadOnlyList<RunGroup> Groups(string by, params RunSummary[] runs) =>
        RunGrouping.All.First(grouping => grouping.Key == by).Of(runs, _folder.Home, id => id == "s" ? "The study" : null);

    private static RunSummary Run(string id, int seed, double? accuracy, double alpha = 0.5, int rows = 500)
    {
        RunSummary run = RunScript.Summary(id, RunState.Finished, RunDefaults.Demo with { Seed = seed, Alpha = alpha });
        if (accuracy is not { } share)
        {
            return run with { State = RunState.Running, CreatedAt = RunScript.Start.AddSeconds(id[0]) };
        }

        var test = new DistillStudio.Engine.Runs.TestResult(share, (int)(share * rows), rows, 10);
        return run with
        {
            TestAccuracy = share,
            Result = new Finished(10, test, test, test, share, "model", 1),
            CreatedAt = RunScript.Start.AddSeconds(id[0]),
        };
    }
}
