namespace DistillStudio.Jobs;

/// <summary>What has become of a background job.</summary>
public enum BackgroundJobState
{
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>Work beside the pages, as it stands.</summary>
/// <param name="Name">What it brings in or sends out.</param>
/// <param name="Text">What is being done, or why it failed: a phrase or a sentence.</param>
/// <param name="Share">Share that is done, in [0, 1]; null if it is not known.</param>
public abstract record BackgroundJob(string Name, BackgroundJobState State, string Text, double? Share)
{
    public bool IsRunning => State == BackgroundJobState.Running;
}
