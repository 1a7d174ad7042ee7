using System.Diagnostics;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>Records how far an evaluation has come: when it begins, then once a second at most.</summary>
/// <param name="recorder">Told.</param>
/// <param name="step">Of the weights.</param>
/// <param name="split">Whose rows.</param>
/// <param name="weights"><c>current</c>, <c>best</c> or <c>last</c>.</param>
internal sealed class EvaluationReport(RunRecorder recorder, int step, string split, string weights)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly long _start = Stopwatch.GetTimestamp();
    private long? _told;

    /// <param name="done">Batches worked on.</param>
    /// <param name="total">Batches there are.</param>
    public void Tell(int done, int total)
    {
        if (_told is { } told && Stopwatch.GetElapsedTime(told) < Interval)
        {
            return;
        }

        _told = Stopwatch.GetTimestamp();
        recorder.Record(new EvaluationProgressed(step, split, weights, done, total, Stopwatch.GetElapsedTime(_start).TotalSeconds));
    }
}
