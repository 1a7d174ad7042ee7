using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Jobs;

public sealed class StepMeasurerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ActiveRuns _active = new();
    private readonly RunHistory _history;

    public StepMeasurerTests() => _history = new RunHistory(_folder.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _history.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Measure_NothingRuns_TakesAFewStepsOnAThreadOfItsOwnAndKeepsNothing()
    {
        string? folder = null;
        bool? isOnPool = null;
        var executor = new ScriptedExecutor
        {
            Instead = job =>
            {
                (folder, isOnPool) = (job.Folder.Path, Thread.CurrentThread.IsThreadPoolThread);
                for (int step = 1; !job.Control.IsCancelRequested; step++)
                {
                    Assert.NotEqual(0, step % job.Spec.EvalSteps);
                    job.Recorder.Record(RunScript.Step(step, job.Spec) with { Seconds = 9 });
                }
            },
        };
        using StepMeasurer measurer = Measurer(executor);

        StepTime time = await measurer.MeasureAsync(RunScript.Spec() with { EvalSteps = 1 }, null, Cancel);

        Assert.Equal(new StepTime(9, 1, null), time); // a step that takes so long is not taken again
        executor.Instead = null;
        executor.StepTime = TimeSpan.Zero;
        Assert.Equal(new StepTime(0.25, 40, null), await measurer.MeasureAsync(RunScript.Spec() with { BatchSize = 2 }, null, Cancel));
        Assert.False(isOnPool);
        Assert.False(Directory.Exists(folder));
        Assert.Empty(_history.ListRuns());
        Assert.False(Directory.Exists(_folder.Home.Runs));
    }

    [Fact]
    public async Task Measure_SettingsThatChangeNoStep_AreNotMeasuredAgain()
    {
        var executor = new ScriptedExecutor { StepTime = TimeSpan.Zero };
        using StepMeasurer measurer = Measurer(executor);
        RunSpec spec = RunScript.Spec();

        await measurer.MeasureAsync(spec, null, Cancel);
        await measurer.MeasureAsync(
            spec with { Name = "other", Seed = 7, MaxSteps = 3, EvalSteps = 2, LearningRate = 0.1, Alpha = 0.9 }, null, Cancel);
        Assert.Single(executor.Begun);

        await measurer.MeasureAsync(spec with { BatchSize = 3 }, null, Cancel);
        Assert.Equal(2, executor.Begun.Count);
    }

    [Theory]
    [InlineData(RunState.Running)]
    [InlineData(RunState.Paused)]
    [InlineData(RunState.Queued)]
    public async Task Measure_ARunHasTheDeviceOrWaitsForIt_TakesNoStepAndSaysSo(RunState state)
    {
        var executor = new ScriptedExecutor();
        using StepMeasurer measurer = Measurer(executor);
        _history.Add(RunScript.Summary("busy", state)); // here or in a terminal

        StepTime time = await measurer.MeasureAsync(RunScript.Spec(), null, Cancel);

        Assert.Null(time.Seconds);
        Assert.Contains("no run is training", time.WhyNot, StringComparison.Ordinal);
        Assert.Empty(executor.Begun);

        _history.Edit("busy", run => run with { State = RunState.Finished });
        Assert.NotNull((await measurer.MeasureAsync(RunScript.Spec(), null, Cancel)).Seconds);
    }

    [Fact]
    public async Task RunThatBegins_DuringATrial_WaitsUntilTheTrialHasEnded()
    {
        using var hasBegun = new ManualResetEventSlim();
        bool isTrialOver = false;
        var executor = new ScriptedExecutor
        {
            Instead = job =>
            {
                hasBegun.Set();
                job.Control.CancelToken.WaitHandle.WaitOne();
                Volatile.Write(ref isTrialOver, true);
            },
        };
        using StepMeasurer measurer = Measurer(executor);
        Task<StepTime> measuring = measurer.MeasureAsync(RunScript.Spec(), null, Cancel);
        hasBegun.Wait(Cancel);

        _ = _active.Claim("run");
        _active.TakeDevices();

        Assert.True(Volatile.Read(ref isTrialOver));
        Assert.Null((await measuring).Seconds);
        Assert.Contains(
            "no run is training", (await measurer.MeasureAsync(RunScript.Spec(), null, Cancel)).WhyNot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Measure_ChoiceChanged_EndsTheTrial()
    {
        var executor = new ScriptedExecutor { Instead = job => job.Control.CancelToken.WaitHandle.WaitOne() };
        using StepMeasurer measurer = Measurer(executor);
        using var choice = new CancellationTokenSource();
        Task<StepTime> measuring = measurer.MeasureAsync(RunScript.Spec(), null, choice.Token);
        await Eventually.Holds(() => executor.Begun.Count == 1);

        await choice.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => measuring);
        executor.Instead = null;
        executor.StepTime = TimeSpan.Zero;
        Assert.NotNull((await measurer.MeasureAsync(RunScript.Spec(), null, Cancel)).Seconds);
    }

    [Fact]
    public async Task Stop_DuringATrial_EndsItAndWaits_AndNoneBeginsAfterwards()
    {
        bool isTrialOver = false;
        var executor = new ScriptedExecutor
        {
            Instead = job =>
            {
                job.Control.CancelToken.WaitHandle.WaitOne();
                Thread.Sleep(100); // the step that it is in
                Volatile.Write(ref isTrialOver, true);
            },
        };
        using StepMeasurer measurer = Measurer(executor);
        Task<StepTime> measuring = measurer.MeasureAsync(RunScript.Spec(), null, Cancel);
        await Eventually.Holds(() => executor.Begun.Count == 1);

        await measurer.StopAsync(Cancel);

        Assert.True(Volatile.Read(ref isTrialOver));
        Assert.Null((await measuring).Seconds);
        Assert.Equal(StepTime.Unknown("the studio is stopping"), await measurer.MeasureAsync(RunScript.Spec(), null, Cancel));
        Assert.Single(executor.Begun);
    }

    [Fact]
    public async Task Measure_RunThatCannotBe_SaysWhyNot()
    {
        using StepMeasurer measurer = Measurer(
            new ScriptedExecutor { Instead = _ => throw new InputException("The folder holds no weights; use random ones.") });
        Assert.Equal(
            StepTime.Unknown("The folder holds no weights; use random ones."), await measurer.MeasureAsync(RunScript.Spec(), null, Cancel));
    }

    [Theory]
    [InlineData(typeof(ExternalException), "libtorch failed after step 0: no kernel.")]
    [InlineData(typeof(IOException), "A file could not be written after step 0: no kernel; free some space")]
    [InlineData(typeof(OutOfMemoryException), "Out of memory after step 0 with batches of ")]
    [InlineData(typeof(InvalidOperationException), "An unexpected error ended the run after step 0: no kernel.")]
    public async Task Measure_TrialThatFailsInAnyWay_SaysWhy_IsLogged_AndTheNextIsTaken(Type failure, string sentence)
    {
        var log = new RecordedLog<StepMeasurer>();
        var executor = new ScriptedExecutor
        {
            StepTime = TimeSpan.Zero,
            Instead = _ => throw (Exception)Activator.CreateInstance(failure, "no kernel.")!,
        };
        using var measurer = new StepMeasurer(executor, _active, _history, TimeProvider.System, log);

        StepTime time = await measurer.MeasureAsync(RunScript.Spec(), null, Cancel);

        Assert.StartsWith(sentence, time.WhyNot, StringComparison.Ordinal);
        Assert.Single(log.Entries);
        executor.Instead = null;
        Assert.NotNull((await measurer.MeasureAsync(RunScript.Spec(), null, Cancel)).Seconds);
    }

    [Fact]
    public async Task Measure_MoreMemoryThanThereIs_TakesNoStep()
    {
        GC.Collect(); // what is free is known after the first collection
        var executor = new ScriptedExecutor();
        using StepMeasurer measurer = Measurer(executor);

        StepTime time = await measurer.MeasureAsync(RunScript.Spec(), long.MaxValue / 2, Cancel);

        Assert.Contains("of this machine's memory are free", time.WhyNot, StringComparison.Ordinal);
        Assert.Empty(executor.Begun);
    }

    private StepMeasurer Measurer(IRunExecutor executor) => new(executor, _active, _history, TimeProvider.System);
}
