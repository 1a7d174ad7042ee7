using DistillStudio.Engine.Import;
using DistillStudio.Jobs;

namespace DistillStudio.Datasets;

/// <summary>The state of an import or download of a dataset.</summary>
/// <param name="Name">The dataset's name.</param>
public sealed record DatasetJob(string Name, BackgroundJobState State, string Text, double? Share) : BackgroundJob(Name, State, Text, Share)
{
    /// <summary>The outcome of an import, including one refused for its rejected rows.</summary>
    public ImportResult? Imported { get; init; }

    /// <summary>The outcome of a download.</summary>
    public GetResult? Got { get; init; }
}
