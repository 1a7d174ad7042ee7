using System.Diagnostics;
using DistillStudio.Engine.Runtime;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Trains one run from its first step to its exported model. Everything that happens is told to the recorder.</summary>
/// <param name="session">Open; stays the caller's to dispose.</param>
/// <param name="folder">Where weights go.</param>
/// <param name="recorder">Told every event.</param>
/// <param name="control">Asked between steps whether to pause or end.</param>
/// <param name="modelFolder">Where the trained model goes.</param>
public sealed class Trainer(TrainingSession session, RunFolder folder, RunRecorder recorder, RunControl control, string modelFolder)
{
    private readonly RunSpec _spec = session.Spec;
    private readonly TrainingStep _training = new(session);
    private readonly ValidationWatch _watch = new(session, folder, recorder);
    private readonly MemoryGauge _memory = new();
    private readonly ProcessorGauge _processor = new();
    private readonly GpuGauge? _gpu = GpuGauge.Open(session.Model.Device);

    /// <summary>Runs to the end, or until asked to stop. Records <see cref="Failed"/> before it throws.</summary>
    /// <returns>The last event; null where the run was cancelled or interrupted.</returns>
    /// <exception cref="StudioException">The run failed; the sentence says why and what to try.</exception>
    public Finished? Run()
    {
        int step = 0;
        try
        {
            recorder.Record(Describe());
            foreach (string remark in RunRemarks.On(session))
            {
                recorder.Log(LogSeverity.Information, remark);
            }

            long start = Stopwatch.GetTimestamp();
            TimeSpan paused = TimeSpan.Zero;
            while (step < _spec.MaxSteps)
            {
                paused += PauseIfAsked(step);
                control.CancelToken.ThrowIfCancellationRequested();
                step++;
                recorder.Record(TakeStep(step));
                if (step % _spec.EvalSteps == 0 || step == _spec.MaxSteps)
                {
                    _watch.Look(step, control.CancelToken);
                }
            }

            return Finish(step, start, paused);
        }
        catch (OperationCanceledException)
        {
            if (!control.IsInterruptAsked)
            {
                recorder.Record(new Cancelled(step));
            }

            return null;
        }
        catch (Exception e)
        {
            RunFailure failure = RunFailure.Explain(e, step, _spec);
            recorder.Record(new Failed(step, failure.Message, failure.Remedy, failure.Detail));
            throw new StudioException(failure.Sentence, failure.Detail, e);
        }
    }

    private Started Describe() => new(
        _spec,
        session.Model.Device.ToString(),
        _spec.Bf16 ? "bf16" : "float32",
        get_num_threads(),
        session.Model.ParameterCount,
        session.Data.Train.Count,
        session.Data.Valid.Count,
        session.Data.Test.Count,
        session.Data.LeftOut,
        (double)_training.Order.BatchesPerEpoch / _spec.GradSteps,
        Devices.DescribeMachine(),
        BuildVersion.Current);

    private Progressed TakeStep(int step)
    {
        long start = Stopwatch.GetTimestamp();
        _processor.Begin();
        StepOutcome outcome = _training.Take(step);
        long examples = _training.Order.RowsBefore((long)step * _spec.GradSteps);
        return new Progressed(
            step,
            outcome.Losses.Label,
            outcome.Losses.Rationale,
            outcome.Losses.Objective,
            outcome.LearningRate,
            outcome.GradientNorm,
            examples,
            (double)examples / session.Data.Train.Count,
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            outcome.InputTokens + outcome.TargetTokens,
            _memory.Read(),
            _processor.End(),
            _gpu?.Read());
    }

    private TimeSpan PauseIfAsked(int step)
    {
        if (!control.IsPauseAsked)
        {
            return TimeSpan.Zero;
        }

        long start = Stopwatch.GetTimestamp();
        recorder.Record(new Paused(step));
        control.WaitWhilePaused();
        if (!control.IsCancelAsked)
        {
            recorder.Record(new Resumed(step));
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private Finished Finish(int step, long start, TimeSpan paused)
    {
        FinalTest test = new(session, folder, recorder, modelFolder);
        return test.Run(step, _watch.Best, Stopwatch.GetElapsedTime(start) - paused, control.CancelToken);
    }
}
