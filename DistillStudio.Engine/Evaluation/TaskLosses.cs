using DistillStudio.Engine.Data.Methods;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Mean losses per token, in nats.</summary>
/// <param name="Label">Mean over all label tokens.</param>
/// <param name="Rationale">Mean over all rationale tokens; null if there are none.</param>
/// <param name="Objective">The method's weighted sum of each stream's mean.</param>
public sealed record TaskLosses(double Label, double? Rationale, double Objective);

/// <summary>Accumulates token losses by stream and by part, as (sum, count), and divides once at the end.</summary>
internal sealed class TaskLossSum(DistillationMethod method)
{
    private readonly (double Sum, long Count)[] _streams = new (double, long)[method.Streams.Count];
    private (double Sum, long Count) _labels;
    private (double Sum, long Count) _rationales;

    /// <param name="stream">Index of the stream in the method.</param>
    /// <param name="losses">[N]: loss of each target token, ordered by task.</param>
    /// <param name="tasks">The tasks of the batch.</param>
    public void Add(int stream, ReadOnlySpan<float> losses, IReadOnlyList<EncodedTask> tasks)
    {
        double sum = Sum(losses);
        long count = losses.Length;
        _streams[stream] = (_streams[stream].Sum + sum, _streams[stream].Count + count);

        (double Sum, long Count) rationale = method.Streams[stream].Target switch
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
        _streams.Select((s, i) => s.Count == 0 ? 0 : method.Streams[i].Weight * s.Sum / s.Count).Sum());

    /// <summary>Returns sum and count over the rationale tokens, which come first in each target.</summary>
    private static (double Sum, long Count) RationalePart(ReadOnlySpan<float> losses, IReadOnlyList<EncodedTask> tasks)
    {
        double sum = 0;
        long count = 0;
        int start = 0;
        foreach (EncodedTask task in tasks)
        {
            sum += Sum(losses.Slice(start, task.RationaleTokens));
            count += task.RationaleTokens;
            start += task.Tokens.Target.Length;
        }

        return (sum, count);
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        return sum;
    }
}
