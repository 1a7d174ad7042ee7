using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Mean losses per token, in nats.</summary>
/// <param name="Label">Of all label tokens.</param>
/// <param name="Rationale">Of all rationale tokens; null where there were none.</param>
/// <param name="Objective">The recipe's weighted sum of each stream's mean.</param>
public sealed record TaskLosses(double Label, double? Rationale, double Objective);

/// <summary>Adds up token losses by stream and by part, as (sum, count), and divides once at the end.</summary>
internal sealed class TaskLossSum(Recipe recipe)
{
    private readonly (double Sum, long Count)[] _streams = new (double, long)[recipe.Streams.Count];
    private (double Sum, long Count) _labels;
    private (double Sum, long Count) _rationales;

    /// <summary>The losses of one batch of one stream. Call inside a dispose scope.</summary>
    public void Add(int stream, IReadOnlyList<EncodedTask> tasks, T5 model)
    {
        using TokenBatch batch = TokenBatch.Create([.. tasks.Select(t => t.Tokens)], model.Device);
        Tensor losses = model.TokenLosses(batch.InputIds, batch.AttentionMask, batch.Labels);
        Add(stream, losses, tasks);
    }

    /// <param name="stream">Index in the recipe.</param>
    /// <param name="losses">[N]: each target token's loss, row by row.</param>
    /// <param name="tasks">The rows.</param>
    public void Add(int stream, Tensor losses, IReadOnlyList<EncodedTask> tasks)
    {
        double sum = losses.sum(ScalarType.Float64).item<double>();
        long count = losses.numel();
        _streams[stream] = (_streams[stream].Sum + sum, _streams[stream].Count + count);

        (double Sum, long Count) rationale = recipe.Streams[stream].Target switch
        {
            TargetKind.Label => (0, 0),
            TargetKind.Rationale => (sum, count),
            _ => RationalePart(losses, tasks),
        };
        _rationales = (_rationales.Sum + rationale.Sum, _rationales.Count + rationale.Count);
        _labels = (_labels.Sum + sum - rationale.Sum, _labels.Count + count - rationale.Count);
    }

    public TaskLosses Mean() => new(
        _labels.Sum / _labels.Count,
        _rationales.Count == 0 ? null : _rationales.Sum / _rationales.Count,
        _streams.Select((s, i) => s.Count == 0 ? 0 : recipe.Streams[i].Weight * s.Sum / s.Count).Sum());

    /// <summary>Sum and count over each row's first tokens.</summary>
    private static (double Sum, long Count) RationalePart(Tensor losses, IReadOnlyList<EncodedTask> tasks)
    {
        float[] values = losses.to(ScalarType.Float32).cpu().data<float>().ToArray();
        double sum = 0;
        long count = 0;
        int start = 0;
        foreach (EncodedTask task in tasks)
        {
            foreach (float value in values.AsSpan(start, task.RationaleTokens))
            {
                sum += value;
            }

            count += task.RationaleTokens;
            start += task.Tokens.Target.Length;
        }

        return (sum, count);
    }
}
