using DistillStudio.Engine.Statistics;

namespace DistillStudio.Engine.Runs;

/// <summary>The answers of two runs to the same test row.</summary>
public sealed record AnswerPair(TestAnswer First, TestAnswer Second);

/// <summary>The test answers of two runs, paired by row.</summary>
/// <param name="FirstRows">Number of rows on which the first run was tested; 0 if its answers cannot be read.</param>
/// <param name="SecondRows">Number of rows on which the second run was tested; 0 if its answers cannot be read.</param>
/// <param name="Shared">The rows that both answered, in the order of the first; empty if the pairing is refused.</param>
/// <param name="Refusal">Why the runs cannot be paired, as a sentence; null if they share at least one row.</param>
public sealed record TestPairing(int FirstRows, int SecondRows, IReadOnlyList<AnswerPair> Shared, string? Refusal)
{
    /// <summary>Right and wrong answers on the shared rows; null if the pairing is refused.</summary>
    public PairedComparison? Comparison { get; } = Shared.Count == 0
        ? null
        : PairedComparison.Of([.. Shared.Select(pair => pair.First.IsCorrect)], [.. Shared.Select(pair => pair.Second.IsCorrect)]);

    internal static TestPairing Refuse(int firstRows, int secondRows, string why) => new(firstRows, secondRows, [], why);
}
