using System.Collections.Concurrent;
using System.Diagnostics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Measures the time per step by executing a short trial run whose output is discarded. Yields to any run.</summary>
/// <param name="executor">Executes the trial.</param>
/// <param name="active">Lends the devices.</param>
/// <param name="history">Determines whether runs are active or queued.</param>
/// <param name="time">Clock for event timestamps.</param>
/// <param name="log">Logs unexpected failures; null for no logging.</param>
public sealed class StepMeasurer(
    IRunExecutor executor, ActiveRuns active, IRunHistory history, TimeProvider time, ILogger<StepMeasurer>? log = null)
    : IHostedService, IDisposable
{
    /// <summary>Step count that no trial reaches, so that no trial evaluates.</summary>
    private const int Endless = int.MaxValue;

    private readonly ConcurrentDictionary<RunSpec, StepTime> _known = [];
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _ending = new();

    /// <summary>
    /// Runs the trial on a dedicated thread. Measurements are cached. The result of a failed trial contains the reason.
    /// </summary>
    /// <param name="spec">Valid settings.</param>
    /// <param name="memoryBytes">Estimated peak memory in bytes; null if unknown.</param>
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
                return StepTime.Unknown("measured when no run is training or queued");
            }

            StepTime measured;
            await using (stop.Register(control.Cancel))
            await using (_ending.Token.Register(control.Cancel))
            {
                measured = await Task.Factory.StartNew(
                    () => Measure(trial, control), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
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

    /// <summary>
    /// Ends a trial and waits for it until the token is cancelled: libtorch must not be computing when the process exits.
    /// </summary>
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

    /// <summary>
    /// Does not dispose the semaphore, which pending callers may still use; it owns no resource unless its wait handle was requested.
    /// </summary>
    public void Dispose() => _ending.Dispose();

    private bool IsIdle => !history.ListRuns().Any(run => run.State.IsActive() || run.State == RunState.Queued);

    private StepTime Measure(RunSpec trial, RunControl control)
    {
        DirectoryInfo? place = null;
        try
        {
            place = Directory.CreateTempSubdirectory("distillstudio-trial-");
            var steps = new StepObserver(control, () => IsIdle);
            using var recorder = new RunRecorder(eventsPath: null, [steps], time);
            executor.Execute(
                new RunJob(RunFolder.Create(place.FullName, trial, time.GetUtcNow(), isRecorded: false), trial, recorder, control));
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

    /// <summary>Normalises the settings that do not affect the time per step, so that one measurement is reused.</summary>
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

    /// <summary>
    /// Returns the reason if the trial exceeds the free memory, which could terminate the studio; otherwise null.
    /// </summary>
    private static string? WhyTooLarge(long? memoryBytes)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        long free = memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
        return memoryBytes > free && free > 0
            ? $"not measured: such a run needs about {ByteSize.Format(memoryBytes.Value)} and {ByteSize.Format(free)} of this machine's "
                + $"memory are free"
            : null;
    }

    /// <summary>Collects a trial's step times and ends the trial once there are enough.</summary>
    private sealed class StepObserver(RunControl control, Func<bool> isIdle) : IRunObserver
    {
        private const int MostSteps = 40;
        private const int LeastAfterFirst = 2;

        private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(3);

        private readonly List<double> _seconds = [];
        private long _start;

        /// <summary>Mean of the later half of the steps: the first ones include compilation and memory allocation.</summary>
        public StepTime Result => _seconds.Count == 0
            ? StepTime.Unknown("no step could be measured")
            : new(_seconds.Skip(_seconds.Count / 2).Average(), _seconds.Count, null);

        public void OnEvent(RunEvent happened)
        {
            if (happened is not StepCompleted step)
            {
                return;
            }

            _start = _seconds.Count == 0 ? Stopwatch.GetTimestamp() : _start;
            _seconds.Add(step.Seconds);
            bool isSlow = step.Seconds > 2 * MaxTime.TotalSeconds;
            bool isEnough = _seconds.Count > LeastAfterFirst && Stopwatch.GetElapsedTime(_start) > MaxTime;
            if (isSlow || isEnough || _seconds.Count >= MostSteps || !isIdle())
            {
                control.Cancel();
            }
        }
    }
}

/// <summary>Result of a trial.</summary>
/// <param name="Seconds">Seconds per step; null if not measured.</param>
/// <param name="Steps">Number of steps executed.</param>
/// <param name="WhyNot">Reason why there is no measurement; null if there is one.</param>
public sealed record StepTime(double? Seconds, int Steps, string? WhyNot)
{
    public static StepTime Unknown(string whyNot) => new(null, 0, whyNot);
}
