using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>Chooses a run's CPU threads from its work where the user has not: a step of a small model takes longer with more.</summary>
internal static class ThreadChoice
{
    /// <summary>
    /// Floating-point operations of a batch for which one more thread is worth its meetings with the others: measured on the demo's model
    /// with one and two threads, which take equally long at 50 million and differ by 28 % at 360 million.
    /// </summary>
    private const double FlopsPerThread = 3e8;

    // Of an example with all its tasks. Not that of the run's own rows: both methods, and all parts of the data, would get different
    // threads, and their difference would be one of rounding too.
    private const int InputTokens = 64;
    private const int TargetTokens = 32;

    /// <param name="flops">Model FLOPs of a batch's forward and backward pass.</param>
    /// <param name="available">Threads available, at least 1.</param>
    internal static int ForTraining(double flops, int available) => (int)Math.Clamp(1 + (flops / FlopsPerThread), 1, available);

    /// <summary>
    /// Returns the threads that the run was last computed with, so that it continues with the same rounding; those for its work if it has
    /// not begun.
    /// </summary>
    /// <param name="config">Shape of the model.</param>
    /// <param name="batchSize">Examples of a batch.</param>
    /// <param name="available">Threads available, at least 1.</param>
    /// <param name="resumed">The run that continues; null for a new one.</param>
    /// <returns>The threads, and a remark for the user if they are fewer than before.</returns>
    internal static (int Threads, string? Remark) ForRun(T5Config config, int batchSize, int available, RunFolder? resumed)
    {
        int? recorded = resumed is null ? null : RecordedIn(resumed);
        double flops = new ModelFlops(config).OfTraining(batchSize * InputTokens, batchSize * TargetTokens);
        int threads = Math.Min(recorded ?? ForTraining(flops, available), available);
        return (threads, recorded > threads
            ? $"The run used {recorded} threads before, but only {threads} are available here: its results may differ by rounding; "
                + $"{SettingsTable.Threads.Flag} {recorded} keeps them."
            : null);
    }

    private static int? RecordedIn(RunFolder folder) => File.Exists(folder.EventsPath)
        && EventLine.ReadAll(folder.EventsPath).OfType<Started>().LastOrDefault() is { Threads: > 0 } started
        ? started.Threads
        : null;
}
