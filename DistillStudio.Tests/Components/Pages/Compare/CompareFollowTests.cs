using Bunit;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Compare;

/// <summary>Runs that have ended and whose steps come to the index only after their comparison was opened.</summary>
public sealed class CompareFollowTests : StudioContext
{
    private const int Steps = 20;
    private static readonly RunSpec[] Specs =
        [RunDefaults.DemoStandard with { MaxSteps = Steps }, RunDefaults.Demo with { MaxSteps = Steps }];

    /// <summary>A new index knows the runs before it has read their events.</summary>
    [Fact]
    public async Task Page_EndedRunsThatAreReadAfterItWasOpened_DrawsThem()
    {
        RunFolder[] runs = [.. Specs.Select(spec => RunFiles.Create(Bench.Home, spec, Whole(spec)))];
        foreach ((RunFolder run, RunSpec spec) in runs.Zip(Specs))
        {
            Bench.History.Add(RunScript.Summary(run.Id, RunState.Finished, spec) with { Folder = run.Path });
        }

        IRenderedComponent<ComparePage> page = OpenComparison(runs);
        Assert.All(runs, run => Assert.Equal(0, Points(page, run)));

        await Bench.StartAsync(withWorker: false);

        await Eventually.Holds(() => runs.All(run => Points(page, run) == Steps));
        await Eventually.Holds(() => page.FindComponent<CompareVerdict>().Instance.Verdict is { Runs.Count: 2 });
    }

    [Fact]
    public async Task Page_RecordOfAnEndedRunIsReplaced_DrawsTheOneThatIsThere()
    {
        RunFolder[] runs = await ReadRunsAsync();
        IRenderedComponent<ComparePage> page = OpenComparison(runs);
        Assert.All(runs, run => Assert.Equal(Steps, Points(page, run)));

        File.Delete(runs[1].EventsPath);
        RunFiles.Append(runs[1], Whole(Specs[1], firstStep: 8)); // as restored from a copy that lacks some

        await Eventually.Holds(() => Points(page, runs[1]) == Steps - 7);
        Assert.Equal(Steps, Points(page, runs[0]));
    }

    /// <summary>As after damage to its file: all events are discarded and read again.</summary>
    [Fact]
    public async Task Page_IndexIsRebuiltWhileItIsOpen_DrawsWhatIsReadAgain()
    {
        RunFolder[] runs = await ReadRunsAsync();
        IRenderedComponent<ComparePage> page = OpenComparison(runs);
        ChartFigure before = Figure(page);

        runs.ToList().ForEach(run => Bench.History.Rewind(run.Id));

        await Eventually.Holds(() => !ReferenceEquals(Figure(page), before) && runs.All(run => Points(page, run) == Steps));
    }

    private async Task<RunFolder[]> ReadRunsAsync()
    {
        RunFolder[] runs = [.. Specs.Select(spec => RunFiles.Create(Bench.Home, spec, Whole(spec)))];
        await Bench.StartAsync(withWorker: false);
        await Bench.Follower.Ready;
        Assert.All(runs, run => Assert.Equal(RunState.Finished, Bench.StateOf(run.Id)));
        return runs;
    }

    private IRenderedComponent<ComparePage> OpenComparison(RunFolder[] runs) =>
        Open<ComparePage>(RunActions.Compare([.. runs.Select(run => run.Id)]));

    private static ChartFigure Figure(IRenderedComponent<ComparePage> page) => page.FindComponent<ChartFrame>().Instance.Figure;

    /// <summary>Number of a run's steps that are drawn.</summary>
    private static int Points(IRenderedComponent<ComparePage> page, RunFolder run) =>
        Figure(page).Series.Where(series => series.Key == LiveCurves.Key(run.Id, Metric.LabelLoss)).Sum(series => series.X.Count);

    private static IEnumerable<RunEvent> Whole(RunSpec spec, int firstStep = 1) =>
    [
        RunScript.Started(spec),
        .. Enumerable.Range(firstStep, Steps + 1 - firstStep).Select(step => RunScript.Step(step, spec)),
        RunScript.Valid(Steps, 0.5),
        RunScript.Finished(Steps),
    ];
}
