using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Training;

/// <summary>Forward and backward of one optimiser step: leaves the gradients on the model's parameters.</summary>
/// <param name="model">In train mode.</param>
/// <param name="recipe">Its streams are the tasks of a row.</param>
/// <param name="pass">How they are computed; the caller's to dispose.</param>
/// <param name="clock">Told where the time goes; null for nobody.</param>
internal sealed class StepRunner(T5 model, Recipe recipe, IGradientPass pass, PhaseClock? clock = null)
{
    /// <summary>
    /// Each stream's loss is the mean over all its tokens in all batches, so that several small batches give what one large batch gives.
    /// </summary>
    /// <param name="batches">Per batch, per row, per stream; null where a row lacks the stream.</param>
    /// <param name="seed">All that dropout depends on besides the place of a row in the step.</param>
    /// <returns>The losses before the step.</returns>
    public TaskLosses ForwardBackward(IReadOnlyList<EncodedTask?[][]> batches, ulong seed)
    {
        var sum = new TaskLossSum(recipe);
        float[] weights = [.. recipe.Streams.Select((stream, i) => (float)(stream.Weight / batches.Sum(rows => rows.Sum(row => (double)(row[i]?.Tokens.Target.Length ?? 0)))))];
        uint row = 0;
        for (int i = 0; i < batches.Count; i++)
        {
            var packed = new PackedBatch([.. Pack(batches[i], weights, row)], model.Config);
            row += (uint)batches[i].Length;
            clock?.Mark(StepPhase.Data);
            float[] losses = pass.ForwardBackward(packed, seed, adds: i > 0, clock is null ? null : phase => clock.Mark(PhaseOf(phase)));
            Add(sum, batches[i], losses);
            clock?.Mark(StepPhase.Rest);
        }

        return sum.Mean();
    }

    /// <summary>All rows of one stream, then those of the next.</summary>
    private IEnumerable<PackedRow> Pack(EncodedTask?[][] rows, float[] weights, uint first) =>
        Enumerable.Range(0, recipe.Streams.Count).SelectMany(stream => rows
            .Select((tasks, i) => (Task: tasks[stream], Sequence: ((first + (uint)i) * (uint)recipe.Streams.Count) + (uint)stream))
            .Where(row => row.Task is not null)
            .Select(row => new PackedRow(row.Task!.Tokens, stream, weights[stream], row.Sequence)));

    private void Add(TaskLossSum sum, EncodedTask?[][] rows, ReadOnlySpan<float> losses)
    {
        for (int stream = 0; stream < recipe.Streams.Count; stream++)
        {
            EncodedTask[] tasks = [.. rows.Select(row => row[stream]).OfType<EncodedTask>()];
            int count = tasks.Sum(task => task.Tokens.Target.Length);
            sum.Add(stream, losses[..count], tasks);
            losses = losses[count..];
        }
    }

    private static StepPhase PhaseOf(PassPhase phase) => phase switch
    {
        PassPhase.Forward => StepPhase.Forward,
        PassPhase.Head => StepPhase.LossHead,
        _ => StepPhase.Backward,
    };
}
