using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Teachers;

/// <summary>What is left out of a teacher before it is used.</summary>
/// <param name="IsAgreeingOnly">Leaves out answers whose label differs from the truth.</param>
/// <param name="MinWords">Shortest rationale kept, in words; null for any.</param>
/// <param name="MaxWords">Longest rationale kept, in words; null for any.</param>
/// <param name="IsUnique">Leaves out rationales that are identical to an earlier row's.</param>
/// <param name="RationaleShare">Fraction of the rows with a rationale that keep it, in [0.15, 1], drawn with <paramref
/// name="Seed"/>.</param>
public sealed record TeacherFilters(bool IsAgreeingOnly = false, int? MinWords = null, int? MaxWords = null, bool IsUnique = false,
    double RationaleShare = 1, int Seed = 0)
{
    public const double LeastShare = 0.15;
}

/// <summary>Outcome of the rows of a split.</summary>
/// <param name="Rows">All rows of the split.</param>
/// <param name="NotAsked">Rows that the teacher was not asked about.</param>
/// <param name="Unreadable">Rows without a readable label: blank, cut or refused.</param>
/// <param name="Rejected">Rows that a reviewer rejected.</param>
/// <param name="Edited">Rows that a reviewer edited.</param>
/// <param name="Disagreeing">Rows left out because their label differs from the truth.</param>
/// <param name="TooShort">Rationales left out, of which the label is kept; likewise for the next three.</param>
/// <param name="TooLong">Rationales left out.</param>
/// <param name="Duplicates">Rationales left out.</param>
/// <param name="NotDrawn">Rationales left out by the share.</param>
/// <param name="Labels">Rows with a label.</param>
/// <param name="Rationales">Rows with a rationale.</param>
public sealed record TeacherOutcomeReport(
    int Rows, int NotAsked, int Unreadable, int Rejected, int Edited, int Disagreeing, int TooShort, int TooLong, int Duplicates,
        int NotDrawn, int Labels, int Rationales)
{
    /// <summary>Rows for which the teacher was asked and no reply came; earlier programs counted them as not asked about.</summary>
    public int NotAnswered { get; init; }
}

/// <summary>Applies <see cref="TeacherFilters"/> to the answers of a split.</summary>
internal static class AnswerFilter
{
    /// <param name="rows">The job's rows.</param>
    /// <param name="answers">Readings by row; null for a row without a readable answer. Changed in place.</param>
    /// <param name="filters">What to leave out.</param>
    /// <param name="counted">Counts so far.</param>
    public static TeacherOutcomeReport Apply(TeacherRows rows, CompletionReading?[] answers, TeacherFilters filters,
        TeacherOutcomeReport counted)
    {
        if (filters.IsAgreeingOnly)
        {
            counted = counted with { Disagreeing = Remove(answers, row => !rows.Agrees(row, answers[row]!.Answer.Label)) };
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        counted = counted with
        {
            TooShort = RemoveRationale(rows, answers, row => Words(answers[row]!) < filters.MinWords),
            TooLong = RemoveRationale(rows, answers, row => Words(answers[row]!) > filters.MaxWords),
            Duplicates = filters.IsUnique ? RemoveRationale(rows, answers, row => !seen.Add(answers[row]!.Answer.Rationale.Trim())) : 0,
        };
        if (filters.RationaleShare < 1)
        {
            int[] with = [.. Enumerable.Range(0, answers.Length).Where(row => answers[row] is { Answer.IsRationaleBlank: false })];
            int kept = (int)Math.Ceiling((with.Length * filters.RationaleShare) - 1e-9);
            HashSet<int> dropped = [.. new SeededRandom((ulong)filters.Seed).Permutation(with.Length)[kept..].Select(i => with[i])];
            counted = counted with { NotDrawn = RemoveRationale(rows, answers, dropped.Contains) };
        }

        return counted with
        {
            Labels = answers.Count(answer => answer is not null),
            Rationales = answers.Count(answer => answer is { Answer.IsRationaleBlank: false }),
        };
    }

    private static int Remove(CompletionReading?[] answers, Func<int, bool> isOut)
    {
        int count = 0;
        for (int row = 0; row < answers.Length; row++)
        {
            if (answers[row] is not null && isOut(row))
            {
                answers[row] = null;
                count++;
            }
        }

        return count;
    }

    private static int RemoveRationale(TeacherRows rows, CompletionReading?[] answers, Func<int, bool> isOut)
    {
        int count = 0;
        for (int row = 0; row < answers.Length; row++)
        {
            if (answers[row] is { Answer.IsRationaleBlank: false } reading && isOut(row))
            {
                var bare = new TeacherAnswer("", reading.Answer.Label);
                answers[row] = new(bare, CompletionForm.Write(rows.Info.Format, rows.All[row], bare));
                count++;
            }
        }

        return count;
    }

    private static int Words(CompletionReading reading) =>
        reading.Answer.Rationale.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
