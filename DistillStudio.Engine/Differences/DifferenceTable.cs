using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Differences;

/// <summary>The rows that all runs of some pairs answered, with their answers.</summary>
/// <param name="Rows">In the order of the first run; empty if nothing can be compared.</param>
/// <param name="Pairs">Number of pairs.</param>
/// <param name="Refusal">Why nothing can be compared, as a sentence; null if there is a row.</param>
public sealed record DifferenceTable(IReadOnlyList<RowDifference> Rows, int Pairs, string? Refusal)
{
    /// <summary>Returns the mean number of rows per pair with this outcome.</summary>
    public double Mean(RowOutcome outcome) => Pairs == 0 ? 0 : (double)Rows.Sum(row => row.Count(outcome)) / Pairs;

    /// <summary>Compares the answers of the exported weights to the test rows.</summary>
    public static DifferenceTable OfTest(IReadOnlyList<RunPair> pairs)
    {
        var answers = new List<Dictionary<string, RowAnswers>>();
        foreach (RunPair pair in pairs)
        {
            TestPairing pairing = TestAnswers.Pair(pair.First, pair.Second);
            if (pairing.Refusal is { } why)
            {
                return new([], pairs.Count, why);
            }

            answers.Add(
                pairing.Shared.ToDictionary(
                    row => row.First.Key ?? $"{row.First.Row}", row => new RowAnswers(Of(row.First), Of(row.Second))));
        }

        return Of(answers);
    }

    /// <summary>Compares right and wrong answers to the validation rows at each run's last evaluation.</summary>
    public static DifferenceTable OfValidation(IReadOnlyList<RunPair> pairs)
    {
        var answers = new List<Dictionary<string, RowAnswers>>();
        try
        {
            foreach (RunPair pair in pairs)
            {
                Dictionary<string, RowAnswer> first = Validated(pair.First);
                Dictionary<string, RowAnswer> second = Validated(pair.Second);
                answers.Add(
                    first.Where(row => second.ContainsKey(row.Key)).ToDictionary(
                        row => row.Key, row => new RowAnswers(row.Value, second[row.Key])));
            }
        }
        catch (InputException e)
        {
            return new([], pairs.Count, e.Message);
        }

        return Of(answers);
    }

    private static DifferenceTable Of(List<Dictionary<string, RowAnswers>> answers)
    {
        RowDifference[] rows = answers.Count == 0 ? []
            : [.. answers[0].Keys.Where(key => answers.TrueForAll(pair => pair.ContainsKey(key)))
                .Select(key => new RowDifference(key, [.. answers.Select(pair => pair[key])]))];
        return new(rows, answers.Count, rows.Length == 0 ? "There is no row that all of these runs answered." : null);
    }

    private static RowAnswer Of(TestAnswer answer) => new(answer.IsCorrect, answer.Label, answer.Rationale);

    private static Dictionary<string, RowAnswer> Validated(string run)
    {
        if (ValidAnswers.Read(run) is not { Evaluations: [.., var last] } record)
        {
            throw new InputException($"{Path.GetFileName(run)} kept no answers to validation rows, because an older version trained it "
                + $"or it was not validated.");
        }

        return Enumerable.Range(0, record.Keys.Count).DistinctBy(row => record.Keys[row])
            .ToDictionary(row => record.Keys[row], row => new RowAnswer(last.Correct[row], Learning: record.LearningOf(row)));
    }
}
