using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Assigns the next queued run to each free device and trains it on a dedicated thread.</summary>
public sealed class RunWorker(
    RunQueue queue,
    IRunExecutor executor,
    ActiveRuns active,
    EventIngester ingester,
    RunHistory history,
    TimeProvider time,
    ILogger<RunWorker> log) : BackgroundService
{
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Dictionary<string, BusyDevice> _busy = [];
    private volatile bool _isStopping;
    private volatile bool _isGivenUp;

    /// <summary>
    /// Stops accepting work, interrupts each run between two steps with a checkpoint, and waits until all have ended or
    /// <paramref name="timeout"/> is cancelled.
    /// </summary>
    public async Task EndRunsAsync(CancellationToken timeout)
    {
        BusyDevice[] busy;
        lock (_busy)
        {
            _isStopping = true;
            busy = _isGivenUp ? [] : [.. _busy.Values];
        }

        active.InterruptAll();
        try
        {
            await Task.WhenAll(busy.Select(device => device.End.Task)).WaitAsync(timeout);
        }
        catch (OperationCanceledException)
        {
            _isGivenUp = true;
            log.LogWarning("A step takes longer than the studio may wait; its run ends with the process and will resume from the previous "
                + "checkpoint.");
            foreach (BusyDevice device in busy.Where(device => !device.End.Task.IsCompleted))
            {
                Leave(device.Run);
            }
        }
    }

    /// <summary>Calls <see cref="EndRunsAsync"/> within the host's shutdown timeout.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await EndRunsAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        queue.Grown += Wake;
        try
        {
            await ingester.Ready.WaitAsync(stoppingToken); // interrupted runs precede queued ones
            IReadOnlyList<string>? devices = null;
            while (true)
            {
                try
                {
                    if (queue.Waiting().Count > 0)
                    {
                        devices ??= await Task.Run(FindDevices, stoppingToken);
                        StartAllThatFit(devices);
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    log.LogError(e, "The queue could not be processed; retrying.");
                }

                // The queue is also polled: a run may be added through its folder.
                await _wake.WaitAsync(TimeSpan.FromSeconds(2), stoppingToken);
            }
        }
        finally
        {
            queue.Grown -= Wake;
        }
    }

    /// <summary>
    /// Returns the devices, or <c>cpu</c> if the query fails, for example for lack of memory. Each run then reports the failure itself.
    /// </summary>
    private IReadOnlyList<string> FindDevices()
    {
        try
        {
            return executor.Devices();
        }
        catch (Exception e)
        {
            log.LogError(e, "No device can be used: {Message}", e.Message);
            return ["cpu"];
        }
    }

    private void StartAllThatFit(IReadOnlyList<string> devices)
    {
        foreach (string device in devices)
        {
            lock (_busy)
            {
                RunControl? control = null;
                if (_isStopping
                    || _busy.ContainsKey(device)
                    || queue.TakeNext(spec => Fits(spec, device, devices), id => control = active.Claim(id)) is not { } run)
                {
                    continue;
                }

                var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _busy.Add(device, new(run, end));
                new Thread(() => Train(run, control!, device, end)) { Name = $"run {run.Id}", IsBackground = true }.Start();
            }
        }
    }

    /// <summary>
    /// Returns true if the run can use the device. <c>auto</c> selects a GPU if there is one. A run with an unknown device name is
    /// assigned to the first device, where it fails.
    /// </summary>
    private static bool Fits(RunSpec spec, string device, IReadOnlyList<string> devices)
    {
        string[] fitting = spec.Device switch
        {
            "auto" when devices.Any(IsGpu) => [.. devices.Where(IsGpu)],
            "auto" => [.. devices],
            "cuda" => [.. devices.Where(IsGpu)],
            _ => [.. devices.Where(d => d == spec.Device)],
        };
        return fitting.Contains(device) || (fitting.Length == 0 && device == devices[0]);
    }

    private static bool IsGpu(string device) => device.StartsWith("cuda", StringComparison.Ordinal);

    private void Train(RunSummary run, RunControl control, string device, TaskCompletionSource end)
    {
        WorkerThreadPriority.StandBack();
        try
        {
            RunFolder folder = RunFolder.Open(run.Folder);
            bool isTakenUp = new FileInfo(folder.EventsPath) is { Exists: true, Length: > 0 };
            var observer = new RunEndObserver(ingester, run.Id);
            using var recorder = new RunRecorder(folder.EventsPath, [observer], time);
            RunAttempts.Begin(folder);
            active.TakeDevices();
            Execute(new RunJob(folder, OnDevice(run.Spec, device), recorder, control, isTakenUp), observer);
            if (!Directory.Exists(folder.Path))
            {
                throw new DirectoryNotFoundException($"{folder.Path} no longer exists."); // its last event is lost too
            }

            if (control.IsInterruptRequested && !observer.HasEnded)
            {
                RunAttempts.Leave(folder);
            }
            else
            {
                RunAttempts.End(folder);
            }
        }
        catch (RunHeldException e)
        {
            log.LogInformation(e, "Run {Run} is trained by another process; its events are followed.", run.Id);
            ingester.FollowElsewhere(run.Id);
        }
        catch (Exception e)
        {
            // No event could be recorded: the folder is gone, held by another process, or cannot be written.
            log.LogError(e, "Run {Run} could not be trained.", run.Id);
            history.Edit(run.Id, now => now with
            {
                State = RunState.Failed,
                EndedAt = time.GetUtcNow(),
                Failure = RunFailure.Explain(e, now.Step, now.Spec, hasCheckpoint: now.Checkpoint is not null).ToEvent(now.Step),
            });
        }
        finally
        {
            active.Remove(run.Id);
            active.Release(run.Id);
            lock (_busy)
            {
                _busy.Remove(device);
            }

            end.SetResult();
            Wake();
        }
    }

    /// <summary>Resets the attempt count: stopping in the middle of a step is not a failure of the run.</summary>
    private void Leave(RunSummary run)
    {
        try
        {
            RunAttempts.Leave(RunFolder.Open(run.Folder));
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            log.LogWarning("{Folder} cannot be written: {Why}", run.Folder, e.Message);
        }
    }

    private void Execute(RunJob job, RunEndObserver observer)
    {
        try
        {
            executor.Execute(job);
        }
        catch (Exception e)
        {
            if (e is StudioException)
            {
                log.LogError("Run {Run} failed: {Why}", job.Folder.Id, e.Message); // the sentence says it all; a stack would bury it
            }
            else
            {
                log.LogError(e, "Run {Run} failed.", job.Folder.Id);
            }

            if (!observer.HasEnded)
            {
                job.Recorder.Record(
                    RunFailure.Explain(e, observer.Step, job.Spec, RunAttempts.PlaceOf(job.Folder) > 0).ToEvent(observer.Step));
            }
        }
    }

    private static RunSpec OnDevice(RunSpec spec, string device) => spec.Device is "auto" or "cuda" ? spec with { Device = device } : spec;

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (ObjectDisposedException)
        {
            // The host stopped before the run's thread ended.
        }
    }

    /// <param name="End">Completes when the run's thread has released the device.</param>
    private sealed record BusyDevice(RunSummary Run, TaskCompletionSource End);

    /// <summary>Triggers ingestion of each event as it is written, and tracks the run's progress.</summary>
    private sealed class RunEndObserver(EventIngester ingester, string runId) : IRunObserver
    {
        public bool HasEnded { get; private set; }

        public int Step { get; private set; }

        public void OnEvent(RunEvent happened)
        {
            HasEnded |= happened is Finished or Cancelled or Failed;
            Step = happened is StepCompleted step ? step.Step : Step;
            ingester.Poke(runId);
        }
    }
}
