namespace DistillStudio.Jobs;

/// <summary>What has become of a background job.</summary>
public enum BackgroundJobState
{
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>Tells the progress of a job. Frequent calls are thinned out.</summary>
/// <param name="text">What is being done, as a phrase.</param>
/// <param name="share">Share that is done, in [0, 1]; null if it is not known.</param>
/// <param name="isNews">True for what must be shown, such as why nothing goes on.</param>
public delegate void ShowProgress(string text, double? share, bool isNews = false);

/// <summary>Work beside the pages, as it stands.</summary>
/// <param name="Name">What it brings in or sends out.</param>
/// <param name="Text">What is being done, or why it failed: a phrase or a sentence.</param>
/// <param name="Share">Share that is done, in [0, 1]; null if it is not known.</param>
public abstract record BackgroundJob(string Name, BackgroundJobState State, string Text, double? Share)
{
    /// <summary>What to say of a download that was cancelled.</summary>
    public const string CancelledDownload = "Cancelled; what arrived is kept, and getting it again resumes there.";

    public bool IsRunning => State == BackgroundJobState.Running;
}
