using System.Diagnostics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Training;

/// <summary>Records the progress of an evaluation: at its start, then at most once a second.</summary>
/// <param name="recorder">Receives the events.</param>
/// <param name="step">Step of the weights.</param>
/// <param name="split">Name of the split evaluated.</param>
/// <param name="weights"><c>current</c>, <c>best</c> or <c>last</c>.</param>
internal sealed class EvaluationReport(RunRecorder recorder, int step, string split, string weights)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly long _start = Stopwatch.GetTimestamp();
    private long? _reportedAt;

    /// <param name="done">Batches completed.</param>
    /// <param name="total">Total number of batches.</param>
    public void Report(int done, int total)
    {
        if (_reportedAt is { } reported && Stopwatch.GetElapsedTime(reported) < Interval)
        {
            return;
        }

        _reportedAt = Stopwatch.GetTimestamp();
        recorder.Record(new EvaluationProgressed(step, split, weights, done, total, Stopwatch.GetElapsedTime(_start).TotalSeconds));
    }
}
