using System.Collections.Concurrent;
using System.Diagnostics;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Finds out how long a step takes by taking a few, as a run would, and keeping nothing of them. Gives way to any run.</summary>
/// <param name="executor">Takes the steps.</param>
/// <param name="active">Lends the devices.</param>
/// <param name="history">Says whether runs train or wait.</param>
/// <param name="time">Stamps the events.</param>
/// <param name="log">Takes failures that nobody foresaw; null for none.</param>
public sealed class StepMeasurer(IRunExecutor executor, ActiveRuns active, IRunHistory history, TimeProvider time, ILogger<StepMeasurer>? log = null) : IHostedService, IDisposable
{
    /// <summary>More than any trial takes, so that none evaluates.</summary>
    private const int Endless = int.MaxValue;

    private readonly ConcurrentDictionary<RunSpec, StepTime> _known = [];
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Takes the steps on a thread of their own. What was measured once is kept. A trial that fails says why in its result.</summary>
    /// <param name="spec">Fit to run.</param>
    /// <param name="memoryBytes">What such a run needs; null where that is not known.</param>
    /// <param name="stop">Ends the trial after its current step.</param>
    public async Task<StepTime> MeasureAsync(RunSpec spec, long? memoryBytes, CancellationToken stop)
    {
        RunSpec trial = TrialOf(spec);
        if (_known.TryGetValue(trial, out StepTime? known))
        {
            return known;
        }

        await _oneAtATime.WaitAsync(stop);
        try
        {
            if (_ending.IsCancellationRequested)
            {
                return StepTime.Unknown("the studio is stopping");
            }

            if (WhyTooLarge(memoryBytes) is { } tooLarge)
            {
                return StepTime.Unknown(tooLarge);
            }

            using var control = new RunControl();
            using IDisposable? loan = IsIdle ? active.TryLend(control.Cancel) : null;
            if (loan is null)
            {
                return StepTime.Unknown("a run is training or waits to; measured once none does");
            }

            StepTime measured;
            await using (stop.Register(control.Cancel))
            await using (_ending.Token.Register(control.Cancel))
            {
                measured = await Task.Factory.StartNew(() => Measure(trial, control), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }

            stop.ThrowIfCancellationRequested();
            return measured.Seconds is null ? measured : _known[trial] = measured;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends a trial and waits for it, as long as the caller allows: libtorch must not be at work when the process ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _ending.CancelAsync();
        try
        {
            if (_oneAtATime.CurrentCount == 0)
            {
                await _oneAtATime.WaitAsync(cancellationToken);
                _oneAtATime.Release();
            }
        }
        catch (OperationCanceledException)
        {
            log?.LogWarning("A step that is measured takes longer than the studio may wait; it ends with the process.");
        }
    }

    /// <summary>What still waits for its turn may go on to ask for it: a semaphore whose handle nobody took has nothing to free.</summary>
    public void Dispose() => _ending.Dispose();

    private bool IsIdle => !history.ListRuns().Any(run => run.State.IsActive() || run.State == RunState.Queued);

    private StepTime Measure(RunSpec trial, RunControl control)
    {
        DirectoryInfo? place = null;
        try
        {
            place = Directory.CreateTempSubdirectory("distillstudio-trial-");
            var steps = new StepWatch(control, () => IsIdle);
            using var recorder = new RunRecorder(eventsPath: null, [steps], time);
            executor.Execute(new RunJob(RunFolder.Create(place.FullName, trial, time.GetUtcNow(), isRecorded: false), trial, recorder, control));
            return steps.Result;
        }
        catch (Exception e)
        {
            if (e is not StudioException)
            {
                log?.LogWarning(e, "A step could not be measured.");
            }

            return StepTime.Unknown(RunFailure.Explain(e, 0, trial, hasCheckpoint: false).Sentence);
        }
        finally
        {
            Remove(place);
        }
    }

    private void Remove(DirectoryInfo? place)
    {
        try
        {
            place?.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log?.LogWarning(e, "{Folder} could not be removed.", place!.FullName);
        }
    }

    /// <summary>Settings that a step's time does not hang on are all the same, so that one measurement serves.</summary>
    private static RunSpec TrialOf(RunSpec spec) => spec with
    {
        Name = null,
        Seed = 0,
        Alpha = 0.5,
        LearningRate = 1e-6,
        MaxSteps = Endless,
        EvalSteps = Endless,
        EvalLimit = null,
        OutputRationale = false,
        Keep = KeepModel.Last,
    };

    /// <summary>A trial that takes more than there is would end the studio.</summary>
    private static string? WhyTooLarge(long? memoryBytes)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        long free = memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
        return memoryBytes > free && free > 0
            ? $"not measured: such a run needs about {ByteSize.Format(memoryBytes.Value)} and {ByteSize.Format(free)} of this machine's memory are free"
            : null;
    }

    /// <summary>Counts a trial's steps and ends it when they are enough.</summary>
    private sealed class StepWatch(RunControl control, Func<bool> isIdle) : IRunObserver
    {
        private const int MostSteps = 40;
        private const int LeastAfterFirst = 2;

        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

        private readonly List<double> _seconds = [];
        private long _start;

        /// <summary>The later half counts: in the first steps code is compiled and memory fetched.</summary>
        public StepTime Result => _seconds.Count == 0
            ? StepTime.Unknown("no step could be taken")
            : new(_seconds.Skip(_seconds.Count / 2).Average(), _seconds.Count, null);

        public void OnEvent(RunEvent happened)
        {
            if (happened is not StepCompleted step)
            {
                return;
            }

            _start = _seconds.Count == 0 ? Stopwatch.GetTimestamp() : _start;
            _seconds.Add(step.Seconds);
            bool isSlow = step.Seconds > 2 * Patience.TotalSeconds;
            bool isEnough = _seconds.Count > LeastAfterFirst && Stopwatch.GetElapsedTime(_start) > Patience;
            if (isSlow || isEnough || _seconds.Count >= MostSteps || !isIdle())
            {
                control.Cancel();
            }
        }
    }
}

/// <summary>What a trial found.</summary>
/// <param name="Seconds">Of one step; null where it could not be measured.</param>
/// <param name="Steps">Taken for it.</param>
/// <param name="WhyNot">Why there is no figure; null where there is one.</param>
public sealed record StepTime(double? Seconds, int Steps, string? WhyNot)
{
    public static StepTime Unknown(string whyNot) => new(null, 0, whyNot);
}
