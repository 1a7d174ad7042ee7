using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>What one optimiser step did.</summary>
/// <param name="Losses">Before the step.</param>
/// <param name="LearningRate">Used by the step.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="InputTokens">Of all tasks, without padding.</param>
/// <param name="TargetTokens">Of all tasks, without padding.</param>
public sealed record StepOutcome(TaskLosses Losses, double LearningRate, double GradientNorm, int Rows, long InputTokens, long TargetTokens);

/// <summary>Takes a run's optimiser steps: rows, forward, backward, clip, update.</summary>
/// <param name="session">Open.</param>
/// <param name="clock">Told where the time goes; null for nobody.</param>
internal sealed class TrainingStep(TrainingSession session, PhaseClock? clock = null)
{
    private readonly RunSpec _spec = session.Spec;
    private readonly StepRunner _runner = new(session.Model, session.Recipe, session.Pass, clock);

    /// <summary>Which rows each step sees.</summary>
    public BatchOrder Order { get; } = new(session.Data.Train.Count, session.Spec.BatchSize, session.Spec.GradSteps, session.Spec.Seed);

    /// <summary><see cref="Launch(int)"/>, waited for.</summary>
    public StepOutcome Take(int step)
    {
        using PendingStep launched = Launch(step);
        return launched.Read();
    }

    /// <summary>
    /// One step. On a GPU it is only under way when this returns, and whether it diverged is told by <see cref="PendingStep.Read"/>; elsewhere it is done.
    /// </summary>
    /// <param name="step">1 for the first. All that is random in a step follows from the run's seed and this number, so a resumed run repeats it.</param>
    /// <exception cref="DivergedException">The loss or the gradient is no number; the weights are as before.</exception>
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

    /// <summary>Norm and clipping stay on the device; losses and norm come back in one copy.</summary>
    private PendingStep Launch(int step, double rate, EncodedTask?[][][] batches, ulong seed, FlatParameters flat)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor losses = _runner.Launch(batches, seed);
        Tensor norm = GradientClip.NormOnDevice(flat);
        clock?.Mark(StepPhase.Clip);
        session.Optimizer.Step(rate, factor: GradientClip.ScaleOf(norm));
        clock?.Mark(StepPhase.Optimizer);
        return new(new AsyncReadback(cat([losses, norm.to(ScalarType.Float32).view(1)])), numbers =>
        {
            TaskLosses mean = _runner.Mean(batches, numbers.AsSpan(0, numbers.Length - 1));
            Require(mean, numbers[^1], step);
            return Describe(batches, mean, rate, numbers[^1]);
        });
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

    /// <summary>Rows are turned into ids once, when first met.</summary>
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
