using DistillStudio.Engine.Runs;

namespace DistillStudio.Engine.Differences;

/// <summary>How the answers of two runs to a row differ.</summary>
public enum RowOutcome
{
    /// <summary>Only the second run is right.</summary>
    Fixed,

    /// <summary>Only the first run is right.</summary>
    Broken,

    BothRight,

    BothWrong,
}

/// <summary>A run's answer to a row.</summary>
/// <param name="Label">Null for a validation row, of which only right and wrong are kept.</param>
/// <param name="Rationale">Null if the run wrote none, or it was not kept.</param>
/// <param name="Learning">When the row was learnt and forgotten; null for a test row, which is answered once.</param>
public sealed record RowAnswer(bool IsCorrect, string? Label = null, string? Rationale = null, RowLearning? Learning = null);

/// <summary>The answers of a pair of runs to a row.</summary>
public sealed record RowAnswers(RowAnswer First, RowAnswer Second)
{
    public RowOutcome Outcome => (First.IsCorrect, Second.IsCorrect) switch
    {
        (false, true) => RowOutcome.Fixed,
        (true, false) => RowOutcome.Broken,
        (true, true) => RowOutcome.BothRight,
        _ => RowOutcome.BothWrong,
    };
}

/// <summary>A row with the answers of every pair of runs.</summary>
/// <param name="Key">The row's content, see <see cref="Data.RowDigests.KeysOf"/>; its number for runs of an older program.</param>
/// <param name="Answers">One per pair, in the order of the pairs.</param>
public sealed record RowDifference(string Key, IReadOnlyList<RowAnswers> Answers)
{
    /// <summary>Returns the number of pairs with this outcome.</summary>
    public int Count(RowOutcome outcome) => Answers.Count(pair => pair.Outcome == outcome);
}
