using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Jobs;

public sealed class LocalExecutorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DemoRun_ThroughTheQueue_IsTrainedEvaluatedAndExported()
    {
        await using Bench bench = await new Bench(_folder.Home, new LocalExecutor(_folder.Home)).StartAsync();
        RunSpec spec = RunDefaults.Demo with { MaxSteps = 4, EvalSteps = 2, BatchSize = 8, EvalLimit = 8, GenMaxLen = 8, Device = "cpu" };

        string id = bench.Manager.Launch(spec);

        await Eventually.Holds(() => bench.StateOf(id)!.Value.HasEnded(), TimeSpan.FromMinutes(2));
        RunSummary run = bench.History.Find(id)!;
        Assert.True(run.State == RunState.Finished, $"{run.State}: {run.Failure?.Message} {run.Failure?.Detail}");
        Assert.Equal(4, bench.History.Series(id, new SeriesRequest([Metric.RationaleLoss])).Curves[0].Total);
        Assert.Equal([2, 4], bench.History.SampleSteps(id));
        Assert.NotNull(run.TestAccuracy);
        Assert.True(File.Exists(Path.Combine(run.Folder, "model", "config.json")));
    }

    [Fact]
    public async Task DemoTrial_OfAFewSteps_TellsTheirTime()
    {
        using var history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
        using var measurer = new StepMeasurer(new LocalExecutor(_folder.Home), new ActiveRuns(), history, TimeProvider.System);

        StepTime time = await measurer.MeasureAsync(
            RunDefaults.Demo with { BatchSize = 4, Device = "cpu" }, null, TestContext.Current.CancellationToken);

        Assert.Null(time.WhyNot);
        Assert.InRange(time.Seconds!.Value, 0.0001, 60);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path, "events.jsonl", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Stop_InTheMiddleOfARun_EndsBetweenTwoStepsAndLeavesItInterrupted()
    {
        string id;
        RunSpec spec = RunDefaults.Demo with { MaxSteps = 100_000, EvalSteps = 50_000, BatchSize = 8, Device = "cpu" };
        await using (Bench bench = await new Bench(_folder.Home, new LocalExecutor(_folder.Home)).StartAsync())
        {
            id = bench.Manager.Launch(spec);
            await Eventually.Holds(() => bench.History.Find(id)!.Step > 2, TimeSpan.FromMinutes(1));
        }

        await using Bench again = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        await Eventually.Holds(() => again.StateOf(id) == RunState.Interrupted);
        RunSummary run = again.History.Find(id)!;
        Assert.Equal(run.Step, run.Checkpoint!.Step);
        Assert.True(run.CanResume);
    }
}
