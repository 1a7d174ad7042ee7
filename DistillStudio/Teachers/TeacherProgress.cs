using System.Text.Json.Serialization;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>The status of a job; one JSON line of <c>teacher run --json</c>.</summary>
/// <param name="Event"><c>started</c>, <c>progress</c>, then <c>finished</c>, <c>interrupted</c> or <c>failed</c>.</param>
/// <param name="Agreement">Fraction of answered rows whose label agrees with the truth; null before there is one.</param>
/// <param name="Failed">Number of rows that failed in this process.</param>
/// <param name="Cost">In the currency of the prices; null if no price is known.</param>
/// <param name="RowsPerMinute">Pace of this process; null before there is one.</param>
/// <param name="SecondsLeft">Null if unknown.</param>
/// <param name="Reason">Why the job stopped, or why it waits; null if there is nothing to say.</param>
/// <param name="Outcome">The outcome of the rows, once the teacher has been written.</param>
public sealed record TeacherProgress(
    string Event,
    string Dataset,
    string Split,
    string Name,
    int Rows,
    int Answered,
    int Parsed,
    double? Agreement,
    long Requests,
    long PromptTokens,
    long CompletionTokens,
    int Truncated,
    int Refused,
    int Failed,
    double? Cost,
    double? RowsPerMinute,
    double? SecondsLeft,
    string? Reason = null,
    TeacherOutcomeReport? Outcome = null)
{
    /// <summary>Every row was asked, or the budget is used up; <see cref="Reason"/> states what is missing.</summary>
    public const string Finished = "finished";

    public const string Interrupted = "interrupted";

    /// <summary>What keeps the teacher from being of use, as a sentence; null if nothing does.</summary>
    [JsonIgnore]
    public string? Trouble => Answered > 0 && Parsed == 0 && Refused < Answered ? TeacherStateText.NothingRead : null;

    /// <summary>The provider refuses or fails every request.</summary>
    public const string Broken = "failed";

    public static TeacherProgress Of(string happened, TeacherJobSpec spec, TeacherTotals totals, int failed = 0,
        double? rowsPerMinute = null, string? reason = null, TeacherOutcomeReport? outcome = null) => new(
        happened,
        spec.Dataset,
        spec.Split,
        spec.Name,
        totals.Rows,
        totals.Answered,
        totals.Parsed,
        totals.Agreement,
        totals.Requests,
        totals.PromptTokens,
        totals.CompletionTokens,
        totals.Truncated,
        totals.Refused,
        failed,
        spec.Limits.CostOf(totals.PromptTokens, totals.CompletionTokens),
        rowsPerMinute,
        rowsPerMinute > 0 ? (totals.Rows - totals.Answered) / rowsPerMinute * 60 : null,
        reason,
        outcome);
}
