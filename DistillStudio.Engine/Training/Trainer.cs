using System.Diagnostics;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Trains one run from its first step, or from a checkpoint, to its exported model. Records all events with the recorder.
/// </summary>
/// <param name="session">An open session; disposed by the caller.</param>
/// <param name="folder">Folder for the weights.</param>
/// <param name="recorder">Receives every event.</param>
/// <param name="control">Checked between steps for requests to pause or end.</param>
/// <param name="modelFolder">Export folder of the trained model.</param>
/// <param name="restored">The state from which the session was restored; null for a new run.</param>
public sealed class Trainer(
    TrainingSession session, RunFolder folder, RunRecorder recorder, RunControl control, string modelFolder, RestoredRun? restored = null)
{
    /// <summary>Maximum number of steps launched on a GPU whose losses are not yet recorded.</summary>
    private const int MostAhead = 4;

    private readonly RunSpec _spec = session.Spec;
    private readonly TrainingStep _training = new(session);
    private readonly Validator _validator = new(session, folder, recorder, restored?.Checkpoint);
    private readonly CheckpointStore _checkpoints = new(folder);
    private readonly BranchPoint? _branch = restored?.Checkpoint?.Branch;
    private readonly ModelFlops _flops = new(session.Model.Config);
    private readonly MemoryGauge _memory = new();
    private readonly ProcessorGauge _processor = new();
    private readonly GpuGauge? _gpu = GpuGauge.Open(session.Model.Device);
    private readonly Stopwatch _clock = new();
    private readonly TimeSpan _before = TimeSpan.FromSeconds(restored?.Checkpoint?.Seconds ?? 0);
    private readonly Queue<InFlightStep> _launched = new();
    private ExampleCount? _count;
    private long _recordedAt;
    private int _step = restored?.Checkpoint?.Step ?? 0;
    private (int Step, int Validated)? _saved;

    /// <param name="Start">Launch time, as a <see cref="Stopwatch"/> timestamp.</param>
    /// <param name="Cores">Number of processor cores kept busy.</param>
    private sealed record InFlightStep(int Step, PendingStep Launched, long Start, double? Cores);

    private bool HasCheckpoint => _saved is not null || restored?.Checkpoint is not null;

    private ExampleCount Count => _count ??= new(_training.Order, session.Data.Train.Count, _branch);

    /// <summary>True if the patience has run out before the last step.</summary>
    private bool IsStoppedEarly => _step < _spec.MaxSteps && _validator.IsPatienceOver;

    private TimeSpan Trained => _before + _clock.Elapsed;

    /// <summary>Runs to the end, or until cancelled or interrupted. Records <see cref="Failed"/> before it throws.</summary>
    /// <returns>The last event; null if the run was cancelled or interrupted.</returns>
    /// <exception cref="StudioException">The run failed; the message states the reason and a remedy.</exception>
    public Finished? Run()
    {
        try
        {
            try
            {
                Begin();
                return Train();
            }
            catch (OperationCanceledException)
            {
                Stop();
                return null;
            }
        }
        catch (Exception e)
        {
            RunFailure failure =
                RunFailure.Explain(e, _step, _spec with { Bf16 = session.Model.Precision == Precision.BFloat16 }, HasCheckpoint, batch =>
                    RunMemory.Bytes(session, batch));
            RecordEnd(failure.ToEvent(_step));
            throw new StudioException(failure.Sentence, failure.Detail, e);
        }
    }

    private void RecordEnd(Failed failed)
    {
        try
        {
            recorder.Record(failed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // If the disk caused the failure, the event may not be writable either: the exception carries the message for the caller
            // to report.
        }
    }

    private void Begin()
    {
        if (restored is not null)
        {
            recorder.GoBack(restored.Checkpoint?.LastNumber
                ?? 0, new Resumed(_step, IsRestored: true, _validator.Best?.Accuracy, _validator.Best?.Step, _validator.Best?.LabelLoss));
        }

        recorder.Record(Describe());
        _validator.Begin();
        foreach (string remark in restored is null ? [] : restored.Remarks.Concat(session.ResumeRemarks))
        {
            recorder.Log(LogSeverity.Warning, remark);
        }

        if (restored is null)
        {
            session.ModelRemarks.ToList().ForEach(remark => recorder.Log(LogSeverity.Warning, remark));
            RunWarnings.On(session).ToList().ForEach(remark => recorder.Log(LogSeverity.Information, remark));
            CollapseDetector.OnTargets(session.Data).ToList().ForEach(notice => recorder.Log(LogSeverity.Warning, notice));
        }
    }

    private Finished Train()
    {
        _clock.Start();
        MaybeEvaluate(); // the run may have stopped between a step and its evaluation
        while (_step < _spec.MaxSteps && !IsStoppedEarly)
        {
            PauseIfRequested();
            control.CancelToken.ThrowIfCancellationRequested();
            Launch(_step + 1);
            RecordSteps(_launched.TakeWhile(step => step.Launched.HasArrived).Count());
            RecordSteps(_launched.Count - MostAhead);
            MaybeEvaluate();
            MaybeSave();
        }

        if (IsStoppedEarly)
        {
            Save();
            recorder.Record(new StoppedEarly(_step, _spec.Patience, _validator.Best!.Step, _validator.Best.Accuracy));
        }

        if (session.Graphs is { Cache.Count: > 0 and var count, Bytes: var bytes })
        {
            recorder.Log(
                LogSeverity.Information,
                $"{count} CUDA graphs and the buffers of generation took {ByteSize.Format(bytes ?? 0)} of the GPU's memory.");
        }

        FinalTest test = new(session, folder, recorder, modelFolder);
        return test.Run(_step, _validator.Best, () => Trained, control.CancelToken);
    }

    private void Stop()
    {
        Save();
        if (!control.IsInterruptRequested)
        {
            recorder.Record(new Cancelled(_step));
        }
    }

    private Started Describe() => new(
        _spec,
        session.Model.Device.ToString(),
        session.Model.Precision.Name(),
        ParallelTeam.Size,
        session.Model.ParameterCount,
        session.Data.Train.Count,
        session.Data.Valid.Count,
        session.Data.Test.Count,
        session.Data.LeftOut,
        _training.Order.StepsPerEpoch,
        Devices.DescribeMachine(),
        BuildVersion.Current,
        DeviceNames.Of(session.Model.Device),
        LibTorchVersion.Current,
        session.Fingerprints,
        session.Spec.LeaveOutRejected ? session.Data.Rejected : 0,
        session.Products);

    private void Launch(int step)
    {
        long start = Stopwatch.GetTimestamp();
        _processor.Begin();
        PendingStep launched = _training.Launch(step);
        _step = step;
        _launched.Enqueue(new(step, launched, start, _processor.End()));
    }

    /// <summary>Records the oldest pending steps; waits for those whose results have not arrived.</summary>
    /// <exception cref="DivergedException">One of them diverged.</exception>
    private void RecordSteps(int count)
    {
        for (int left = count; left > 0; left--)
        {
            using PendingStep launched = _launched.Peek().Launched;
            StepOutcome outcome = launched.Read();
            InFlightStep step = _launched.Dequeue();

            // Steps that arrive together share the time since the last one recorded.
            TimeSpan seconds = Stopwatch.GetElapsedTime(Math.Max(step.Start, _recordedAt)) / left;
            _recordedAt = Math.Max(step.Start, _recordedAt) + (long)(seconds.TotalSeconds * Stopwatch.Frequency);
            recorder.Record(Describe(step, outcome, seconds));
        }

        session.LogNotices(recorder);
    }

    private StepCompleted Describe(InFlightStep step, StepOutcome outcome, TimeSpan seconds)
    {
        return new StepCompleted
        {
            Step = step.Step,
            LabelLoss = outcome.Losses.Label,
            RationaleLoss = outcome.Losses.Rationale,
            Loss = outcome.Losses.Objective,
            LearningRate = outcome.LearningRate,
            GradientNorm = outcome.GradientNorm,
            Examples = Count.Examples(step.Step),
            Epoch = Count.Epoch(step.Step),
            Seconds = seconds.TotalSeconds,
            Tokens = outcome.InputTokens + outcome.TargetTokens,
            Flops = _flops.OfTraining(outcome.InputTokens, outcome.TargetTokens),
            MemoryBytes = _memory.Read(),
            CpuCores = step.Cores,
            GpuUse = _gpu?.Read(),
        };
    }

    private void MaybeEvaluate()
    {
        if (_step > _validator.Step && (_step % _spec.EvalSteps == 0 || _step == _spec.MaxSteps))
        {
            RecordSteps(_launched.Count);
            _validator.Validate(_step, control.CancelToken);
        }
    }

    private void MaybeSave()
    {
        if (_step % (_spec.SaveSteps ?? _spec.EvalSteps) == 0 || _step == _spec.MaxSteps)
        {
            Save();
        }
    }

    /// <summary>Saves a checkpoint. Does nothing for a run without a record, which cannot be resumed, and before the first step.</summary>
    private void Save()
    {
        RecordSteps(_launched.Count);
        if (!folder.IsRecorded || _step == 0 || _saved == (_step, _validator.Step))
        {
            return;
        }

        var checkpoint = new RunCheckpoint(
            _step, recorder.LastNumber, _validator.Step, _validator.Best, Trained.TotalSeconds, session.Optimizer.Steps,
            session.Data.Train.Count, _spec, _validator.Collapse, _validator.SinceBest, _branch);
        StoredCheckpoint stored = _checkpoints.Save(checkpoint, session);
        _saved = (_step, _validator.Step);
        recorder.Record(new Checkpointed(
            _step, Path.GetRelativePath(folder.Path, stored.Path), IsBest: false, stored.Bytes, RunCheckpoint.StateDigest(session)));
    }

    private void PauseIfRequested()
    {
        if (!control.IsPauseRequested)
        {
            return;
        }

        Save();
        _clock.Stop();
        recorder.Record(new Paused(_step));
        control.WaitWhilePaused();
        _clock.Start();
        if (!control.IsCancelRequested)
        {
            recorder.Record(new Resumed(_step));
        }
    }
}
