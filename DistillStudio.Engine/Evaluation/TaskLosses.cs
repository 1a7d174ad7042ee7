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
    private readonly (double Sum, double Count)[] _streams = new (double, double)[method.Streams.Count]; // of a task in its first stream
    private (double Sum, double Count) _labels;
    private (double Sum, double Count) _rationales;

    /// <param name="stream">Index of the stream in the method.</param>
    /// <param name="losses">[N]: loss of each target token, ordered by task.</param>
    /// <param name="tasks">The tasks of the batch.</param>
    public void Add(int stream, ReadOnlySpan<float> losses, IReadOnlyList<EncodedTask> tasks)
    {
        TargetKind target = method.Streams[stream].Target;
        (double sum, double count) = Part(losses, tasks, task => (0, task.Tokens.Target.Length));
        (double Sum, double Count) rationale = target switch
        {
            TargetKind.Label => (0, 0),
            TargetKind.Rationale => (sum, count),
            TargetKind.LabelThenRationale =>
                Part(losses, tasks, task => (task.Tokens.Target.Length - task.RationaleTokens, task.RationaleTokens)),
            _ => Part(losses, tasks, task => (0, task.RationaleTokens)),
        };
        ref (double Sum, double Count) group = ref _streams[method.Groups[stream]];
        group = (group.Sum + sum, group.Count + count);
        _rationales = (_rationales.Sum + rationale.Sum, _rationales.Count + rationale.Count);
        _labels = (_labels.Sum + sum - rationale.Sum, _labels.Count + count - rationale.Count);
    }

    public TaskLosses Mean() => new(
        _labels.Sum / _labels.Count,
        _rationales.Count == 0 ? null : _rationales.Sum / _rationales.Count,
        _streams.Select((s, i) => s.Count == 0 ? 0 : method.Streams[i].Weight * s.Sum / s.Count).Sum());

    /// <summary>Returns sum and count over a part of each target, weighted by the target's share.</summary>
    private static (double Sum, double Count) Part(
        ReadOnlySpan<float> losses, IReadOnlyList<EncodedTask> tasks, Func<EncodedTask, (int Start, int Length)> partOf)
    {
        double sum = 0;
        double count = 0;
        foreach (EncodedTask task in tasks)
        {
            (int start, int length) = partOf(task);
            foreach (float loss in losses.Slice(start, length))
            {
                sum += loss * task.Share;
            }

            count += length * task.Share;
            losses = losses[task.Tokens.Target.Length..];
        }

        return (sum, count);
    }
}
