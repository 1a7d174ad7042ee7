using System.Diagnostics;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Evaluation;
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
    private readonly StepRunner _runner = new(session.Model, session.Recipe);
    private readonly BatchOrder _order = new(session.Data.Train.Count, session.Spec.BatchSize, session.Spec.Run);
    private readonly EncodedTask?[]?[] _encoded = new EncodedTask?[session.Data.Train.Count][];
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
        (double)_order.BatchesPerEpoch / _spec.GradSteps,
        Devices.DescribeMachine(),
        BuildVersion.Current);

    /// <summary>Forward, backward, clip, update.</summary>
    private Progressed TakeStep(int step)
    {
        long start = Stopwatch.GetTimestamp();
        _processor.Begin();
        manual_seed((long)SeededRandom.Derive((ulong)_spec.Run, (ulong)step)); // dropout is a function of seed and step, so a resumed run repeats it
        double rate = LinearSchedule.Rate(_spec.Lr, step - 1, _spec.MaxSteps);
        EncodedTask?[][][] batches = [.. Enumerable.Range(0, _spec.GradSteps).Select(i => Batch(((long)(step - 1) * _spec.GradSteps) + i))];

        session.Model.train();
        TaskLosses losses = _runner.ForwardBackward(batches);
        double norm;
        using (NewDisposeScope())
        {
            norm = GradientClip.Apply(session.Parameters).item<float>();
            Require(losses, norm, step);
            session.Optimizer.Step(rate);
        }

        long examples = _order.RowsBefore((long)step * _spec.GradSteps);
        return new Progressed(
            step,
            losses.Label,
            losses.Rationale,
            losses.Objective,
            rate,
            norm,
            examples,
            (double)examples / session.Data.Train.Count,
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            batches.Sum(b => b.Sum(row => row.Sum(task => (long)(task?.Tokens.Count ?? 0)))),
            _memory.Read(),
            _processor.End(),
            _gpu?.Read());
    }

    /// <summary>Rows are turned into ids once, when first met.</summary>
    private EncodedTask?[][] Batch(long position)
    {
        ReadOnlySpan<int> rows = _order.Batch(position);
        var batch = new EncodedTask?[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            int row = rows[i];
            batch[i] = _encoded[row] ??= session.Encoder.Encode(session.Data.Train[row]);
        }

        return batch;
    }

    private static void Require(TaskLosses losses, double norm, int step)
    {
        if (!double.IsFinite(losses.Objective) || !double.IsFinite(norm))
        {
            throw new DivergedException(step, losses.Objective, norm);
        }
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
