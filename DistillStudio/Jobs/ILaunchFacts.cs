using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Jobs;

/// <summary>Provides launch choices and estimates before a run is launched.</summary>
public interface ILaunchFacts
{
    /// <summary>Returns the available datasets, models and devices; not cached.</summary>
    LaunchChoices Choices();

    /// <summary>
    /// Examines the data and model of a run with these settings on disk, without training. Data already read is cached, so that the
    /// result for a changed setting is returned quickly.
    /// </summary>
    /// <exception cref="InputException">The dataset or the model cannot be read; the message is a sentence.</exception>
    Task<LaunchFacts> ExamineAsync(RunSpec spec, CancellationToken stop);

    /// <summary>Measures the time per step by running a few steps, unless a run is training.</summary>
    /// <param name="memoryBytes">Estimated peak memory in bytes, see <see cref="LaunchFacts.MemoryBytes"/>.</param>
    Task<StepTime> MeasureAsync(RunSpec spec, long? memoryBytes, CancellationToken stop);
}

/// <param name="Models">The <c>demo</c> model and the folders under the home's models, by name.</param>
/// <param name="Devices">Values of <see cref="RunSpec.Device"/>, <c>auto</c> first.</param>
public sealed record LaunchChoices(IReadOnlyList<DatasetChoice> Datasets, IReadOnlyList<ModelChoice> Models, IReadOnlyList<string> Devices);

/// <param name="Teachers">Names of the teachers whose outputs are stored with the dataset.</param>
/// <param name="TrainRows">Number of training examples; null if there are none or they cannot be read.</param>
/// <param name="Notes">One sentence for each file that is ignored or cannot be read.</param>
public sealed record DatasetChoice(string Name, IReadOnlyList<string> Teachers, int? TrainRows, IReadOnlyList<string> Notes);

/// <param name="Name">Display name.</param>
/// <param name="FromPretrained">Value for <see cref="RunSpec.FromPretrained"/>.</param>
/// <param name="HasWeights">
/// False if there is only a config and tokenizer, which require <see cref="ModelInit.Random"/>. True also for unusable weights.
/// </param>
/// <param name="Parameters">Parameter count; null if the config could not be read.</param>
/// <param name="Problem">One sentence on why the weights or config cannot be used; null if they can.</param>
public sealed record ModelChoice(string Name, string FromPretrained, bool HasWeights, long? Parameters, string? Problem = null);

/// <param name="TrainRows">Training examples after subsampling, without blank ones.</param>
/// <param name="BlankLabels">Training examples whose teacher label is blank; 0 if the teacher's labels are not used.</param>
/// <param name="InputTokens">Tokens per input, truncated as configured; null if there is no tokenizer.</param>
/// <param name="StepsPerEpoch">Optimiser steps for one pass over the training examples.</param>
/// <param name="SecondsPerStep">Seconds per step including evaluations; null if there is no comparable run.</param>
/// <param name="SecondsFrom">Id of the run that the time is taken from; null if the time is unknown.</param>
/// <param name="MemoryBytes">Estimated peak memory in bytes; null if the model's configuration is unknown.</param>
/// <param name="ModelRemarks">Remarks on the model's weights, one sentence each; null for none.</param>
/// <param name="RejectedRows">Training rows that the teacher's review rejected, left out or not.</param>
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
    IReadOnlyList<string>? ModelRemarks = null,
    int RejectedRows = 0);

/// <param name="Cut">Number of texts that exceed the length limit.</param>
/// <param name="Sampled">Number of texts counted.</param>
/// <param name="Unknown">Number of texts with characters that the tokenizer does not know.</param>
public sealed record TokenCounts(double Median, double Percentile95, int Longest, int Cut, int Sampled, int Unknown = 0);
