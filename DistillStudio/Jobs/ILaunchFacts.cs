using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Jobs;

/// <summary>What a person should know before a launch.</summary>
public interface ILaunchFacts
{
    /// <summary>What there is to choose from; looks anew each time.</summary>
    LaunchChoices Choices();

    /// <summary>What a run with these settings would be made of: reads data and models on disk, trains nothing. What was read once is kept, so that a changed setting answers at once.</summary>
    /// <exception cref="InputException">The dataset or the model cannot be read: a sentence.</exception>
    Task<LaunchFacts> ExamineAsync(RunSpec spec, CancellationToken stop);

    /// <summary>Takes a few steps, where no run trains, to find out how long one takes.</summary>
    /// <param name="memoryBytes">What such a run needs, as its facts say.</param>
    Task<StepTime> MeasureAsync(RunSpec spec, long? memoryBytes, CancellationToken stop);
}

/// <param name="Models">Ready to use: <c>demo</c> and the folders under the home's models, by name.</param>
/// <param name="Devices">As <see cref="RunSpec.Device"/> spells them, <c>auto</c> first.</param>
public sealed record LaunchChoices(IReadOnlyList<DatasetChoice> Datasets, IReadOnlyList<ModelChoice> Models, IReadOnlyList<string> Devices);

/// <param name="Teachers">Names of the teachers whose answers lie beside the dataset.</param>
/// <param name="TrainRows">Rows that are there to train on; null where there are none, or none that can be read.</param>
/// <param name="Notes">Files that are overlooked or cannot be read, a sentence each.</param>
public sealed record DatasetChoice(string Name, IReadOnlyList<string> Teachers, int? TrainRows, IReadOnlyList<string> Notes);

/// <param name="Name">For people.</param>
/// <param name="FromPretrained">What <see cref="RunSpec.FromPretrained"/> takes.</param>
/// <param name="HasWeights">False for a config and tokenizer alone: only <see cref="ModelInit.Random"/> can start from it. Weights that cannot be used count as weights.</param>
/// <param name="Parameters">Null where the config could not be read.</param>
/// <param name="Problem">Why its weights or config cannot be used, as a sentence; null where they can.</param>
public sealed record ModelChoice(string Name, string FromPretrained, bool HasWeights, long? Parameters, string? Problem = null);

/// <param name="TrainRows">Rows trained on, after subsampling, with blanks left out.</param>
/// <param name="BlankLabels">Training rows whose teacher label is blank; 0 where the teacher's labels are not used.</param>
/// <param name="InputTokens">Tokens of an input, cut as the settings say; null where there is no tokenizer.</param>
/// <param name="StepsPerEpoch">Optimiser steps for one pass over the training rows.</param>
/// <param name="SecondsPerStep">Evaluations included; null where nothing like it was ever run.</param>
/// <param name="SecondsFrom">Id of the run that the time is taken from; null where it is unknown.</param>
/// <param name="MemoryBytes">Estimated peak; null where the model's shape is unknown.</param>
/// <param name="ModelRemarks">What a person should know of the model's weights, a sentence each; null for nothing.</param>
public sealed record LaunchFacts(
    int TrainRows,
    int ValidRows,
    int TestRows,
    int BlankLabels,
    TokenCounts? InputTokens,
    TokenCounts? LabelTokens,
    TokenCounts? RationaleTokens,
    double StepsPerEpoch,
    double? SecondsPerStep,
    string? SecondsFrom,
    long? MemoryBytes,
    IReadOnlyList<string>? ModelRemarks = null);

/// <param name="Cut">Rows that were longer than allowed.</param>
/// <param name="Sampled">Rows looked at.</param>
public sealed record TokenCounts(double Median, double Percentile95, int Longest, int Cut, int Sampled);
