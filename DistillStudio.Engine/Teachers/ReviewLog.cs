using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Teachers;

/// <summary>What a reviewer decided on a row.</summary>
public enum ReviewVerdict
{
    /// <summary>Rated only.</summary>
    None,
    Accepted,

    /// <summary>Replaced by the reviewer's text; the teacher's remains in the record next to it.</summary>
    Edited,

    /// <summary>Excluded from training.</summary>
    Rejected,
}

/// <summary>A reviewer's decision on the answer for one row.</summary>
/// <param name="Rationale">The edited rationale; null unless edited.</param>
/// <param name="Label">The edited label; null unless edited.</param>
/// <param name="Rating">1 to 5; null for none.</param>
public sealed record TeacherReview(int Row, ReviewVerdict Verdict, string? Rationale, string? Label, int? Rating, DateTimeOffset At);

/// <summary>The append-only record of a job's reviews; the last one of a row counts.</summary>
public static class ReviewLog
{
    /// <summary>Returns the last review of each row that has one.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static Dictionary<int, TeacherReview> Read(string path)
    {
        var reviews = new Dictionary<int, TeacherReview>();
        foreach (TeacherReview review in JsonLineLog.Read<TeacherReview>(path))
        {
            reviews[review.Row] = review;
        }

        return reviews;
    }

    /// <summary>Appends a review and flushes it to disk.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Append(string path, TeacherReview review) => JsonLineLog.Append(path, [review]);
}
