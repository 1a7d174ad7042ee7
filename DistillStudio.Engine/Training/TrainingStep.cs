using System.Runtime.InteropServices;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Result of one optimiser step.</summary>
/// <param name="Losses">Losses before the update.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Norm before clipping.</param>
/// <param name="InputTokens">Input tokens of all tasks, without padding.</param>
/// <param name="TargetTokens">Target tokens of all tasks, without padding.</param>
public sealed record StepOutcome(
    TaskLosses Losses, double LearningRate, double GradientNorm, int Rows, long InputTokens, long TargetTokens);

/// <summary>Takes a run's optimiser steps: data, forward, backward, clip, update.</summary>
/// <param name="session">An open session.</param>
/// <param name="clock">Receives the time of each phase; null for none.</param>
internal sealed class TrainingStep(TrainingSession session, PhaseClock? clock = null)
{
    private readonly RunSpec _spec = session.Spec;
    private readonly StepRunner _runner = new(session.Model, session.Method, session.Pass, clock);

    /// <summary>Determines the examples of each step.</summary>
    public BatchOrder Order { get; } = new(session.Data.Train.Count, session.Spec.BatchSize, session.Spec.GradSteps, session.Spec.Seed);

    /// <summary>Calls <see cref="Launch(int)"/> and waits for the result.</summary>
    public StepOutcome Take(int step)
    {
        using PendingStep launched = Launch(step);
        return launched.Read();
    }

    /// <summary>
    /// Launches one step. On a GPU it runs asynchronously, and <see cref="PendingStep.Read"/> reports divergence; otherwise it is complete
    /// on return.
    /// </summary>
    /// <param name="step">1 for the first step. All randomness of a step derives from the run's seed and this number, so a resumed run
    /// repeats it.</param>
    /// <exception cref="DivergedException">The loss or the gradient norm is not finite; the weights are unchanged.</exception>
    public PendingStep Launch(int step)
    {
        clock?.Start();
        double rate = LearningRateSchedule.Rate(_spec, step - 1);
        EncodedTask?[][][] batches = [.. Order.Step(step - 1).Select(Encode)];
        clock?.Mark(StepPhase.Data);

        session.Model.train();
        ulong seed = SeededRandom.Derive((ulong)_spec.Seed, (ulong)step);
        PendingStep launched = session.Flat is { } flat ? Launch(step, rate, batches, seed, flat) : new(Take(step, rate, batches, seed));
        clock?.Mark(StepPhase.Rest);
        return launched;
    }

    private StepOutcome Take(int step, double rate, EncodedTask?[][][] batches, ulong seed)
    {
        TaskLosses losses = _runner.ForwardBackward(batches, seed);
        double norm = GradientClip.Norm(session.Parameters);
        clock?.Mark(StepPhase.Clip);
        Require(losses, norm, step);
        session.Optimizer.Step(rate, GradientClip.ScaleOf(norm));
        clock?.Mark(StepPhase.Optimizer);
        return Describe(batches, losses, rate, norm);
    }

    /// <summary>Keeps norm and clipping on the device; reads losses and norm back in one copy.</summary>
    private PendingStep Launch(int step, double rate, EncodedTask?[][][] batches, ulong seed, FlatParameters flat)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor losses = Losses(batches, seed);
        Tensor norm;
        if (session.Update is { } update)
        {
            norm = update.Run(rate);
        }
        else
        {
            norm = GradientClip.NormOnDevice(flat);
            clock?.Mark(StepPhase.Clip);
            session.Optimizer.Step(rate, factor: GradientClip.ScaleOf(norm));
        }

        clock?.Mark(StepPhase.Optimizer);
        return new(new AsyncReadback(cat([losses, norm.to(ScalarType.Float32).view(1)])), numbers =>
        {
            TaskLosses mean = _runner.Mean(batches, numbers.AsSpan(0, numbers.Length - 1));
            Require(mean, numbers[^1], step);
            return Describe(batches, mean, rate, numbers[^1]);
        });
    }

    /// <summary>Repeats the passes without graphs if the device's memory does not suffice beside these.</summary>
    private Tensor Losses(EncodedTask?[][][] batches, ulong seed)
    {
        try
        {
            return _runner.Launch(batches, seed);
        }
        catch (ExternalException e)
            when (NativeErrors.IsOutOfMemory(e) && session.Graphs?.Cache.GiveUp(NativeErrors.NoRoomForGraphs) == true)
        {
            return _runner.Launch(batches, seed); // clears the gradients first
        }
    }

    private static StepOutcome Describe(EncodedTask?[][][] batches, TaskLosses losses, double rate, double norm)
    {
        EncodedTask[] tasks = [.. batches.SelectMany(rows => rows.SelectMany(row => row)).OfType<EncodedTask>()];
        return new StepOutcome(
            losses,
            rate,
            norm,
            batches.Sum(rows => rows.Length),
            tasks.Sum(t => (long)t.Tokens.Input.Length),
            tasks.Sum(t => (long)t.Tokens.Target.Length));
    }

    /// <summary>Tokenizes each example once, on first use.</summary>
    private EncodedTask?[][] Encode(int[] rows)
    {
        var batch = new EncodedTask?[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            TrainingRow row = session.Data.Train[rows[i]];
            batch[i] = session.EncodedRows[row.Index] ??= session.Encoder.Encode(row);
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
}
