using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>Merges the steps between other events: what training took is then known without an object for each step.</summary>
internal static class StepSums
{
    /// <summary>
    /// Returns the events in order, with one step in place of all between two of them: the last one, with the sums of their tokens, FLOPs
    /// and seconds.
    /// </summary>
    /// <param name="chunks">All steps of the run, in order.</param>
    /// <param name="others">Events other than steps, in order.</param>
    public static IEnumerable<RunEvent> Between(IReadOnlyList<StepChunk> chunks, IReadOnlyList<RunEvent> others)
    {
        (int chunk, int row) = (0, 0);
        foreach (RunEvent other in others)
        {
            if (Next(other.Number) is { } before)
            {
                yield return before;
            }

            yield return other;
        }

        if (Next(long.MaxValue) is { } last)
        {
            yield return last;
        }

        StepCompleted? Next(long end)
        {
            (StepChunk Chunk, int Row)? at = null;
            (double tokens, double? flops, double seconds) = (0, 0, 0);
            for (; chunk < chunks.Count; chunk++, row = 0)
            {
                StepChunk steps = chunks[chunk];
                for (; row < steps.Count; row++)
                {
                    if (steps[StepColumn.Number][row] >= end)
                    {
                        return Sum();
                    }

                    at = (steps, row);
                    tokens += Known(steps[StepColumn.Tokens][row]) ?? 0;
                    flops += Known(steps[StepColumn.Flops][row]);
                    seconds += steps[StepColumn.Seconds][row];
                }
            }

            return Sum();

            StepCompleted? Sum() =>
                at is { } last ? last.Chunk.EventAt(last.Row) with { Tokens = (long)tokens, Flops = flops, Seconds = seconds } : null;
        }
    }

    private static double? Known(double value) => StepChunk.IsMissing(value) ? null : value;
}
