using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Forward and backward of one optimiser step: leaves the gradients on the model's parameters.</summary>
/// <param name="model">In train mode.</param>
/// <param name="recipe">Its streams are the tasks of a row.</param>
/// <param name="clock">Told where the time goes; null for nobody.</param>
internal sealed class StepRunner(T5 model, Recipe recipe, PhaseClock? clock = null)
{
    private readonly Parameter[] _parameters = [.. model.parameters()];

    /// <summary>
    /// Each stream's loss is the mean over all its tokens in all batches, so that several small batches give what one large batch gives.
    /// </summary>
    /// <param name="batches">Per batch, per row, per stream; null where a row lacks the stream.</param>
    /// <returns>The losses before the step.</returns>
    public TaskLosses ForwardBackward(IReadOnlyList<EncodedTask?[][]> batches)
    {
        ClearGradients();
        clock?.Mark(StepPhase.Rest);
        var sum = new TaskLossSum(recipe);
        for (int stream = 0; stream < recipe.Streams.Count; stream++)
        {
            EncodedTask[][] tasks = [.. batches.Select(rows => rows.Select(row => row[stream]).OfType<EncodedTask>().ToArray()).Where(rows => rows.Length > 0)];
            long tokens = tasks.Sum(rows => rows.Sum(t => (long)t.Tokens.Target.Length));
            foreach (EncodedTask[] rows in tasks)
            {
                Backward(stream, rows, tokens, sum);
            }
        }

        return sum.Mean();
    }

    /// <summary>Zeroed, not dropped: their memory is used again.</summary>
    private void ClearGradients()
    {
        using IDisposable scope = NewDisposeScope();
        foreach (Parameter parameter in _parameters)
        {
            parameter.grad?.zero_();
        }
    }

    /// <summary>One stream of one batch at a time, so that only its activations are alive.</summary>
    private void Backward(int stream, EncodedTask[] rows, long tokens, TaskLossSum sum)
    {
        using IDisposable scope = NewDisposeScope();
        using TokenBatch batch = TokenBatch.Create([.. rows.Select(t => t.Tokens)], model.Device);
        clock?.Mark(StepPhase.Data);
        (Tensor hidden, Tensor targets) = model.TargetStates(batch.InputIds, batch.AttentionMask, batch.Labels);
        clock?.Mark(StepPhase.Forward);
        Tensor losses = model.Losses(hidden, targets);
        clock?.Mark(StepPhase.LossHead);
        (losses.sum() * (recipe.Streams[stream].Weight / tokens)).backward();
        clock?.Mark(StepPhase.Backward);
        sum.Add(stream, losses.detach(), rows);
        clock?.Mark(StepPhase.Rest);
    }
}
