namespace DistillStudio.Engine.Teachers;

/// <summary>One recorded completion: a line of <c>completions.jsonl</c>.</summary>
/// <param name="Row">Index of the row in its split, from 0.</param>
/// <param name="Sample">Index of the sample, from 0.</param>
/// <param name="Text">The raw completion; empty if the provider refused to answer.</param>
/// <param name="Finish">Why it ended, as named by the provider: <c>stop</c>, <c>length</c>, <c>content_filter</c>; <c>refusal</c> if the
/// model refused.</param>
/// <param name="PromptTokens">As the provider counted them, else estimated.</param>
/// <param name="CompletionTokens">As the provider counted them, else estimated.</param>
/// <param name="Requests">Number of requests, including retries.</param>
/// <param name="Seconds">Duration of the last request; 0 for a batch.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="IsEstimated">True if the provider did not report the tokens.</param>
public sealed record TeacherCompletion(
    int Row, int Sample, string Text, string? Finish, int PromptTokens, int CompletionTokens, int Requests, double Seconds,
        DateTimeOffset At, bool IsEstimated = false)
{
    /// <summary>The finish, and the error's code, of a prompt or completion that the provider's content filter refused.</summary>
    public const string ContentFilter = "content_filter";

    /// <summary>The finish of a message in which the model itself refuses to answer.</summary>
    public const string Refusal = "refusal";

    /// <summary>True if the completion was cut at the maximum length.</summary>
    public bool IsTruncated => Finish == "length";

    /// <summary>True if the provider's filter withheld the answer, or the model refused to answer.</summary>
    public bool IsRefused => Finish is ContentFilter or Refusal;
}
