using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Teachers;

/// <summary>Applies a reviewer's decisions to a teacher's answers.</summary>
internal static class ReviewedAnswers
{
    /// <param name="rows">The job's rows.</param>
    /// <param name="answers">Readings by row; changed in place.</param>
    /// <param name="reviews">The last review of each row.</param>
    /// <param name="isFirst">False for the second and later rationales of a row, which an edit removes rather than repeats.</param>
    public static (int Rejected, int Edited) Apply(TeacherRows rows, CompletionReading?[] answers, Dictionary<int, TeacherReview> reviews,
        bool isFirst)
    {
        (int rejected, int edited) = (0, 0);
        foreach (TeacherReview review in reviews.Values.Where(r => r.Row >= 0 && r.Row < answers.Length))
        {
            switch (review.Verdict)
            {
                case ReviewVerdict.Rejected:
                    answers[review.Row] = null;
                    rejected++;
                    break;
                case ReviewVerdict.Edited:
                    answers[review.Row] = isFirst && CompletionForm.IsPossible(rows.Info.Format, rows.All[review.Row], review.Label ?? "")
                        ? Written(rows, review) : null;
                    edited++;
                    break;
            }
        }

        return (rejected, edited);
    }

    /// <summary>Returns the rows that a review rejected; null if there was none.</summary>
    public static HashSet<int>? RejectedOf(Dictionary<int, TeacherReview> reviews) =>
        reviews.Values.All(r => r.Verdict == ReviewVerdict.None)
        ? null
        : [.. reviews.Values.Where(r => r.Verdict == ReviewVerdict.Rejected).Select(r => r.Row)];

    private static CompletionReading Written(TeacherRows rows, TeacherReview review)
    {
        string text = CompletionForm.Write(rows.Info.Format, rows.All[review.Row],
            new TeacherAnswer(review.Rationale ?? "", review.Label!));
        return new(CompletionParser.Parse(rows.Info.Format, "", text), text);
    }
}
