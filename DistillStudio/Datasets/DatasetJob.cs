using DistillStudio.Engine.Import;

namespace DistillStudio.Datasets;

/// <summary>What has become of a dataset that is being brought in.</summary>
public enum DatasetJobState
{
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>One dataset that is being imported or downloaded, as it stands.</summary>
/// <param name="Name">The dataset's name.</param>
/// <param name="Text">What is being done, or why it failed: a phrase or a sentence.</param>
/// <param name="Share">Share that is done, in [0, 1]; null if it is not known.</param>
public sealed record DatasetJob(string Name, DatasetJobState State, string Text, double? Share)
{
    public bool IsRunning => State == DatasetJobState.Running;

    /// <summary>The outcome of an import, also of one that was refused for its rejected rows.</summary>
    public ImportResult? Imported { get; init; }

    /// <summary>The outcome of a download.</summary>
    public GetResult? Got { get; init; }
}
