using System.Text.Json.Serialization;

namespace DistillStudio.Notices;

/// <summary>The kinds of notices.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NoticeKind>))]
public enum NoticeKind
{
    [JsonStringEnumMemberName("run_finished")]
    Finished,

    [JsonStringEnumMemberName("run_failed")]
    Failed,

    /// <summary>The loss or the gradient norm was not finite, which ended the run.</summary>
    [JsonStringEnumMemberName("run_diverged")]
    Diverged,

    /// <summary>The student gives one answer to nearly all rows; the run continues.</summary>
    [JsonStringEnumMemberName("run_collapsed")]
    Collapsed,

    /// <summary>Every comparison of a study is decided, or all its runs are over.</summary>
    [JsonStringEnumMemberName("study_decided")]
    StudyDecided,
}

/// <summary>An event to report to a user who is not looking at a page.</summary>
/// <param name="Id">Unique; the same at every repetition.</param>
/// <param name="Title">A few words, with the name of the run or the study.</param>
/// <param name="Text">One sentence.</param>
/// <param name="Page">Address of the page to look at, relative to the studio's.</param>
/// <param name="Time">UTC.</param>
public sealed record Notice(string Id, NoticeKind Kind, string Title, string Text, string Page, DateTimeOffset Time);
