using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Verification;

/// <summary>Chooses the stretches of a run to replay.</summary>
internal static class StretchPlan
{
    /// <summary>
    /// Returns the stretches that can be replayed with the least computation: from the start and from each checkpoint to the next
    /// evaluation or recorded state.
    /// </summary>
    /// <param name="record">The run's record.</param>
    /// <param name="checkpoints">Steps of the checkpoints that can be read.</param>
    public static IReadOnlyList<StepRange> Possible(RunRecord record, IEnumerable<int> checkpoints)
    {
        int[] marks = [.. record.Validations.Keys.Concat(record.States.Keys).Append(record.LastStep).Distinct().Order()];
        IEnumerable<int> starts = (record.Branched is null ? checkpoints.Prepend(0) : checkpoints)
            .Distinct().Order().Where(step => step < record.LastStep);
        return [.. starts.Select(step => new StepRange(step, marks.First(mark => mark > step)))];
    }

    /// <summary>Draws some of the stretches; returns them in order.</summary>
    public static IReadOnlyList<StepRange> Draw(IReadOnlyList<StepRange> possible, int count, int seed) =>
        [.. new SeededRandom((ulong)seed).Permutation(possible.Count).Take(count).Order().Select(i => possible[i])];

    /// <exception cref="InputException">A stretch ends after the last recorded step, or begins before the first state of a branch that
    /// is kept.</exception>
    public static void Require(IReadOnlyList<StepRange> stretches, RunRecord record, IEnumerable<StoredCheckpoint> checkpoints)
    {
        if (stretches.Count > 0 && stretches[^1].To > record.LastStep)
        {
            throw new InputException($"--steps {stretches[^1]} ends after the last recorded step, {record.LastStep}; "
                + $"name a stretch that ends there or before.");
        }

        if (stretches.Count > 0 && record.Branched is { } branched && StartOf(stretches[0].From, checkpoints) is null)
        {
            throw new InputException($"--steps {stretches[0]} begins before the branch's first checkpoint; its steps up to "
                + $"{branched.Step} belong to {branched.Run}, so verify that run, or name a stretch that begins later.");
        }
    }

    /// <summary>Returns the newest checkpoint at or before a step; null if only the start of the run precedes it.</summary>
    public static StoredCheckpoint? StartOf(int step, IEnumerable<StoredCheckpoint> checkpoints) =>
        checkpoints.Where(checkpoint => checkpoint.Step <= step).MaxBy(checkpoint => checkpoint.Step);
}
