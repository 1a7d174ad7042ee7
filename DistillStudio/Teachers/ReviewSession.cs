using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>Selects the rows to review.</summary>
public enum ReviewFilter
{
    All,

    /// <summary>Without a decision.</summary>
    Open,

    /// <summary>Whose label differs from the truth.</summary>
    Differs,

    /// <summary>Without a readable label, or without a rationale.</summary>
    Blank,

    /// <summary>Among the tenth with the longest rationales.</summary>
    Long,

    /// <summary>Whose samples disagree.</summary>
    Unsure,
    Edited,
    Rejected,
}

/// <summary>A row under review.</summary>
/// <param name="Raw">The teacher's completion, untouched.</param>
/// <param name="Label">Its label; empty if none could be read.</param>
/// <param name="IsUnsure">True if the row's samples do not agree.</param>
public sealed record ReviewItem(int Row, string Input, string Truth, string Raw, string Rationale, string Label, bool Agrees,
    bool IsTruncated, bool IsUnsure, int Words)
{
    public TeacherReview? Review { get; set; }
}

/// <summary>The rows of a job with the reviewer's decisions.</summary>
public sealed class ReviewSession
{
    private readonly TeacherRows _rows;
    private readonly TimeProvider _time;
    private readonly int _longWords;

    private ReviewSession(TeacherJob job, TeacherRows rows, TimeProvider time)
    {
        (Job, _rows, _time) = (job, rows, time);
        Dictionary<int, TeacherReview> reviews = ReviewLog.Read(job.ReviewsPath);
        var byRow = CompletionLog.ReadAll(job.CompletionsPath).Where(c => c.Row < rows.All.Count).GroupBy(c => c.Row).OrderBy(g => g.Key);
        Items = [.. byRow.Select(g => Item(g.Key, [.. g.OrderBy(c => c.Sample)], reviews.GetValueOrDefault(g.Key)))];
        int[] words = [.. Items.Select(item => item.Words).Order()];
        _longWords = words.Length == 0 ? 0 : words[(int)(words.Length * 0.9)];
    }

    public TeacherJob Job { get; }

    /// <summary>The answered rows in order.</summary>
    public IReadOnlyList<ReviewItem> Items { get; }

    /// <exception cref="InputException">The dataset or a file of the job cannot be read.</exception>
    public static ReviewSession Open(TeacherJob job, TimeProvider time) => new(job, TeacherRows.Load(job.Spec), time);

    public IEnumerable<ReviewItem> Filter(ReviewFilter filter) => Items.Where(item => filter switch
    {
        ReviewFilter.Open => item.Review is null or { Verdict: ReviewVerdict.None },
        ReviewFilter.Differs => item.Label.Length > 0 && !item.Agrees,
        ReviewFilter.Blank => item.Label.Length == 0 || string.IsNullOrWhiteSpace(item.Rationale),
        ReviewFilter.Long => item.Words > 0 && item.Words >= _longWords,
        ReviewFilter.Unsure => item.IsUnsure,
        ReviewFilter.Edited => item.Review?.Verdict == ReviewVerdict.Edited,
        ReviewFilter.Rejected => item.Review?.Verdict == ReviewVerdict.Rejected,
        _ => true,
    });

    public int Count(ReviewVerdict verdict) => Items.Count(item => item.Review?.Verdict == verdict);

    /// <summary>Records a decision; the rating stays. The teacher's own words are never changed.</summary>
    /// <exception cref="InputException">The label is not one that the row can have, or the file cannot be written.</exception>
    public void Decide(ReviewItem item, ReviewVerdict verdict, string? rationale = null, string? label = null)
    {
        if (verdict == ReviewVerdict.Edited && !CompletionForm.IsPossible(_rows.Info.Format, _rows.All[item.Row], label?.Trim() ?? ""))
        {
            throw new InputException($"\"{label}\" is not a label that row {item.Row + 1} can have; write one of its choices, "
                + $"one of the three words, or an equation.");
        }

        Append(item, new(item.Row, verdict, rationale?.Trim(), label?.Trim(), item.Review?.Rating, _time.GetUtcNow()));
    }

    /// <summary>Records a rating from 1 to 5; the decision stays.</summary>
    public void Rate(ReviewItem item, int rating) =>
        Append(item, (item.Review ?? new(item.Row, ReviewVerdict.None, null, null, null, default)) with
        {
            Rating = rating,
            At = _time.GetUtcNow()
        });

    /// <summary>Writes the answers as reviewed as a teacher of the dataset.</summary>
    /// <exception cref="InputException">The name cannot be used, or the folder cannot be written.</exception>
    public TeacherOutcomeReport Publish(string name) => TeacherOutcome.Publish(_rows, Job, new TeacherFilters(), name);

    private void Append(ReviewItem item, TeacherReview review)
    {
        ReviewLog.Append(Job.ReviewsPath, review);
        item.Review = review;
    }

    private ReviewItem Item(int row, TeacherCompletion[] samples, TeacherReview? review)
    {
        IReadOnlyList<CompletionReading> majority = MajorityVote.Of(_rows, row, samples);
        CompletionReading? kept = majority.Count > 0 ? majority[0] : null;
        TeacherCompletion shown = samples.FirstOrDefault(s => kept is not null && MajorityVote.Read(_rows, row, s) == kept, samples[0]);
        string rationale = kept?.Answer.Rationale ?? "";
        return new(
            row, _rows.InputOf(row), _rows.All[row].Label, shown.Text, rationale, kept?.Answer.Label ?? "",
            kept is not null && _rows.Agrees(row, kept.Answer.Label), shown.IsTruncated, majority.Count < samples.Length
                && samples.Length > 1,
            rationale.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length)
        {
            Review = review,
        };
    }
}
