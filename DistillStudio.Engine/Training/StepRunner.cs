using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Runs the forward and backward pass of one optimiser step and stores the gradients in the model's parameters.</summary>
/// <param name="model">The model, in train mode.</param>
/// <param name="method">The method; its streams are the tasks of an example.</param>
/// <param name="pass">The compute backend; disposed by the caller.</param>
/// <param name="clock">Receives the time of each phase; null for none.</param>
internal sealed class StepRunner(T5 model, DistillationMethod method, ITrainingBackend pass, PhaseClock? clock = null)
{
    /// <summary>
    /// Computes each stream's loss as the mean over all its tokens in all batches, so that several small batches give the same result as
    /// one large batch.
    /// </summary>
    /// <param name="batches">Per batch, per example, per stream; null where an example lacks the stream.</param>
    /// <param name="seed">Seed of dropout, which otherwise depends only on the position of an example in the step.</param>
    /// <returns>The losses before the step.</returns>
    public TaskLosses ForwardBackward(IReadOnlyList<EncodedTask?[][]> batches, ulong seed)
    {
        float[][] losses = [.. Each(batches, (packed, accumulate) => pass.ForwardBackward(packed, seed, accumulate, OnPhase))];
        TaskLosses mean = Mean(batches, [.. losses.SelectMany(some => some)]);
        clock?.Mark(StepPhase.Rest);
        return mean;
    }

    /// <summary>Does the same asynchronously, without waiting for the device.</summary>
    /// <returns>[target tokens of all batches], float32, on the device: for <see cref="Mean"/>. Belongs to the current dispose
    /// scope.</returns>
    public Tensor Launch(IReadOnlyList<EncodedTask?[][]> batches, ulong seed) =>
        cat([.. Each(batches, (packed, accumulate) => pass.Launch(packed, seed, accumulate, OnPhase))]);

    /// <param name="batches">The batches passed to the step.</param>
    /// <param name="losses">Loss of each target token, ordered by batch, then stream, then example; after a batch with pairs, their
    /// weighted loss.</param>
    public TaskLosses Mean(IReadOnlyList<EncodedTask?[][]> batches, ReadOnlySpan<float> losses)
    {
        var sum = new TaskLossSum(method);
        double mutual = 0;
        foreach (EncodedTask?[][] rows in batches)
        {
            for (int stream = 0; stream < method.Streams.Count; stream++)
            {
                EncodedTask[] tasks = [.. rows.Select(row => row[stream]).OfType<EncodedTask>()];
                int count = tasks.Sum(task => task.Tokens.Target.Length);
                sum.Add(stream, losses[..count], tasks);
                losses = losses[count..];
            }

            if (PairsOf(rows) > 0)
            {
                mutual += losses[0];
                losses = losses[1..];
            }
        }

        TaskLosses mean = sum.Mean();
        return mutual == 0 ? mean : mean with { Objective = mean.Objective + mutual };
    }

    private IEnumerable<T> Each<T>(IReadOnlyList<EncodedTask?[][]> batches, Func<PackedBatch, bool, T> compute)
    {
        double[] tokens = [
            .. method.Streams.Select(
                (_, i) => batches.Sum(rows => rows.Sum(row => row[i] is { } task ? task.Share * task.Tokens.Target.Length : 0)))
        ];
        float[] weights = [
            .. method.Streams.Select(
                (stream, i) => (float)(stream.Weight / tokens.Where((_, other) => method.Groups[other] == method.Groups[i]).Sum()))
        ];
        int pairs = batches.Sum(PairsOf);
        uint row = 0;
        for (int i = 0; i < batches.Count; i++)
        {
            PackedRow[] rows = [.. Pack(batches[i], weights, row)];
            var packed = new PackedBatch(rows, model.Config.DecoderStartTokenId)
            {
                Pairs = pairs == 0 ? [] : Pair(rows),
                PairWeight = pairs == 0 ? 0 : (float)(method.MutualWeight / pairs),
            };
            row += (uint)batches[i].Length;
            clock?.Mark(StepPhase.Data);
            yield return compute(packed, i > 0);
        }
    }

    private void OnPhase(BackendPhase phase) => clock?.Mark(PhaseOf(phase));

    /// <summary>Orders the examples by stream.</summary>
    private IEnumerable<PackedRow> Pack(EncodedTask?[][] rows, float[] weights, uint first) =>
        Enumerable.Range(0, method.Streams.Count).SelectMany(stream => rows
            .Select((tasks, i) => (Task: tasks[stream], Sequence: ((first + (uint)i) * (uint)method.Streams.Count) + (uint)stream))
            .Where(row => row.Task is not null)
            .Select(row => new PackedRow(row.Task!.Tokens, stream, weights[stream] * (float)row.Task.Share, row.Sequence)));

    /// <summary>Returns how many rows have both targets of the loss between them; 0 if the method has no such loss.</summary>
    private int PairsOf(EncodedTask?[][] rows) => method.MutualWeight > 0 ? rows.Count(row => row.All(task => task is not null)) : 0;

    /// <summary>Returns the indices of label and rationale of each example that has both; their sequences are adjacent.</summary>
    private static (int Label, int Rationale)[] Pair(PackedRow[] rows)
    {
        Dictionary<uint, int> rationales =
            Enumerable.Range(0, rows.Length).Where(i => rows[i].Stream == 1).ToDictionary(i => rows[i].Sequence);
        return
        [
            .. Enumerable.Range(0, rows.Length)
                .Where(i => rows[i].Stream == 0 && rationales.ContainsKey(rows[i].Sequence + 1))
                .Select(i => (i, rationales[rows[i].Sequence + 1])),
        ];
    }

    private static StepPhase PhaseOf(BackendPhase phase) => phase switch
    {
        BackendPhase.Forward => StepPhase.Forward,
        BackendPhase.Head => StepPhase.LossHead,
        _ => StepPhase.Backward,
    };
}
