using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Forward and backward of one optimiser step: leaves the gradients on the model's parameters.</summary>
/// <param name="model">In train mode.</param>
/// <param name="recipe">Its streams are the tasks of a row.</param>
/// <param name="pass">How they are computed; the caller's to dispose.</param>
/// <param name="clock">Told where the time goes; null for nobody.</param>
internal sealed class StepRunner(T5 model, DistillationMethod recipe, ITrainingBackend pass, PhaseClock? clock = null)
{
    /// <summary>
    /// Each stream's loss is the mean over all its tokens in all batches, so that several small batches give what one large batch gives.
    /// </summary>
    /// <param name="batches">Per batch, per row, per stream; null where a row lacks the stream.</param>
    /// <param name="seed">All that dropout depends on besides the place of a row in the step.</param>
    /// <returns>The losses before the step.</returns>
    public TaskLosses ForwardBackward(IReadOnlyList<EncodedTask?[][]> batches, ulong seed)
    {
        float[][] losses = [.. Each(batches, (packed, adds) => pass.ForwardBackward(packed, seed, adds, Told))];
        TaskLosses mean = Mean(batches, [.. losses.SelectMany(some => some)]);
        clock?.Mark(StepPhase.Rest);
        return mean;
    }

    /// <summary>The same where nobody waits for the device.</summary>
    /// <returns>[target tokens of all batches], float32, on the device: for <see cref="Mean"/>. Belongs to the dispose scope that is open.</returns>
    /// <exception cref="InvalidCastException">The pass is not that of libtorch.</exception>
    public Tensor Launch(IReadOnlyList<EncodedTask?[][]> batches, ulong seed) =>
        cat([.. Each(batches, (packed, adds) => ((AutogradBackend)pass).Launch(packed, seed, adds, Told))]);

    /// <param name="batches">As they were given.</param>
    /// <param name="losses">Of each target token in the order of the batches, in each of the streams, of the rows.</param>
    public TaskLosses Mean(IReadOnlyList<EncodedTask?[][]> batches, ReadOnlySpan<float> losses)
    {
        var sum = new TaskLossSum(recipe);
        foreach (EncodedTask?[][] rows in batches)
        {
            for (int stream = 0; stream < recipe.Streams.Count; stream++)
            {
                EncodedTask[] tasks = [.. rows.Select(row => row[stream]).OfType<EncodedTask>()];
                int count = tasks.Sum(task => task.Tokens.Target.Length);
                sum.Add(stream, losses[..count], tasks);
                losses = losses[count..];
            }
        }

        return sum.Mean();
    }

    private IEnumerable<T> Each<T>(IReadOnlyList<EncodedTask?[][]> batches, Func<PackedBatch, bool, T> compute)
    {
        float[] weights = [.. recipe.Streams.Select((stream, i) => (float)(stream.Weight / batches.Sum(rows => rows.Sum(row => (double)(row[i]?.Tokens.Target.Length ?? 0)))))];
        uint row = 0;
        for (int i = 0; i < batches.Count; i++)
        {
            var packed = new PackedBatch([.. Pack(batches[i], weights, row)], model.Config);
            row += (uint)batches[i].Length;
            clock?.Mark(StepPhase.Data);
            yield return compute(packed, i > 0);
        }
    }

    private void Told(BackendPhase phase) => clock?.Mark(PhaseOf(phase));

    /// <summary>All rows of one stream, then those of the next.</summary>
    private IEnumerable<PackedRow> Pack(EncodedTask?[][] rows, float[] weights, uint first) =>
        Enumerable.Range(0, recipe.Streams.Count).SelectMany(stream => rows
            .Select((tasks, i) => (Task: tasks[stream], Sequence: ((first + (uint)i) * (uint)recipe.Streams.Count) + (uint)stream))
            .Where(row => row.Task is not null)
            .Select(row => new PackedRow(row.Task!.Tokens, stream, weights[stream], row.Sequence)));

    private static StepPhase PhaseOf(BackendPhase phase) => phase switch
    {
        BackendPhase.Forward => StepPhase.Forward,
        BackendPhase.Head => StepPhase.LossHead,
        _ => StepPhase.Backward,
    };
}
