using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>What a run will need at its peak, told from a sample of its rows.</summary>
internal static class MemoryEstimate
{
    /// <summary>How far the 95th percentile lies from the mean of a normal law, in deviations.</summary>
    private const double DeviationsTo95 = 1.645;

    /// <summary>How far the largest of a run's batches lies from the mean, in deviations.</summary>
    private const double DeviationsToLargest = 3;

    /// <summary>Null where the tokens are not known.</summary>
    public static long? Bytes(T5Config config, RunSpec spec, TokenCounts? inputs, TokenCounts? labels, TokenCounts? rationales)
    {
        if (inputs is null || labels is null)
        {
            return null;
        }

        int streams = spec.Method == MethodNames.TaskPrefix ? 2 : 1;
        bool writesRationales = spec.Method != MethodNames.Standard && rationales is not null;
        return RunMemory.Bytes(config, spec, new StepTokens(
            spec.BatchSize * streams,
            streams * InABatch(inputs, spec.BatchSize),
            InABatch(labels, spec.BatchSize) + (writesRationales ? InABatch(rationales!, spec.BatchSize) : 0),
            inputs.Longest,
            writesRationales ? Math.Max(labels.Longest, rationales!.Longest) : labels.Longest));
    }

    /// <summary>Tokens of the largest of many batches, were they spread as by a normal law.</summary>
    private static long InABatch(TokenCounts counts, int rows)
    {
        double deviation = (counts.Percentile95 - counts.Median) / DeviationsTo95;
        return (long)Math.Min((double)rows * counts.Longest, (rows * counts.Median) + (DeviationsToLargest * Math.Sqrt(rows) * deviation));
    }
}
