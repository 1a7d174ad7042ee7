using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Which rows of a split a search returns.</summary>
public enum RowFilter
{
    All,

    /// <summary>The teacher's label differs from the truth.</summary>
    Differs,

    /// <summary>The teacher gave no label or no rationale.</summary>
    Blank,

    /// <summary>The rationale stops within a sentence.</summary>
    Truncated,

    /// <summary>The rationale repeats the input.</summary>
    Copy,

    /// <summary>The teacher was not asked about the row.</summary>
    Unasked,

    /// <summary>The teacher was asked about the row, and no reply came.</summary>
    Unanswered,
}

/// <summary>Finds rows by their text and by a teacher's answers.</summary>
public static class RowSearch
{
    /// <param name="text">Searched in input, label and answers, case-insensitive; empty for every row.</param>
    /// <param name="teacher">The teacher to whose answers the filter applies; null for none, which disables the filter.</param>
    /// <returns>Indices of the rows, in order.</returns>
    public static IReadOnlyList<int> Find(
        TaskKind task, Split split, string text, RowFilter filter, string? teacher, CancellationToken stop)
    {
        bool isFiltered = teacher is not null && split.Teachers.ContainsKey(teacher);
        var found = new List<int>();
        for (int i = 0; i < split.Rows.Count; i++)
        {
            if (i % 4096 == 0)
            {
                stop.ThrowIfCancellationRequested();
            }

            if ((!isFiltered || Fits(task, split, teacher!, i, filter)) && (text.Length == 0 || Holds(split, i, text)))
            {
                found.Add(i);
            }
        }

        return found;
    }

    private static bool Fits(TaskKind task, Split split, string teacher, int row, RowFilter filter)
    {
        TeacherAnswer answer = split.Teachers[teacher][row];
        bool isAnswered = split.IsAnswered(teacher, row);
        return filter switch
        {
            RowFilter.Differs => isAnswered && !AnswerJudge.IsCorrect(task, answer.Label, split.Rows[row].Label),
            RowFilter.Blank => isAnswered && (answer.IsLabelBlank || answer.IsRationaleBlank),
            RowFilter.Truncated => TeacherReport.IsTruncated(answer.Rationale),
            RowFilter.Copy => TeacherReport.IsCopy(answer.Rationale, split.Rows[row].Input),
            RowFilter.Unasked => split.IsUnasked(teacher, row),
            RowFilter.Unanswered => split.IsUnanswered(teacher, row),
            _ => true,
        };
    }

    private static bool Holds(Split split, int row, string text) =>
        split.Rows[row].Input.Contains(text, StringComparison.OrdinalIgnoreCase)
        || split.Rows[row].Label.Contains(text, StringComparison.OrdinalIgnoreCase)
        || split.Teachers.Values.Any(answers => answers[row].Rationale.Contains(text, StringComparison.OrdinalIgnoreCase)
            || answers[row].Label.Contains(text, StringComparison.OrdinalIgnoreCase));
}
