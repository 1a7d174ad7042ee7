using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>Estimates a run's peak memory from token counts of a sample of its examples.</summary>
internal static class MemoryEstimate
{
    /// <summary>Distance of the 95th percentile from the mean of a normal distribution, in standard deviations.</summary>
    private const double DeviationsTo95 = 1.645;

    /// <summary>Assumed distance of a run's largest batch from the mean, in standard deviations.</summary>
    private const double DeviationsToLargest = 3;

    /// <summary>Returns the estimated peak in bytes; null if the input or label token counts are unknown.</summary>
    /// <param name="sources">Rationales a row.</param>
    public static long? Bytes(
        T5Config config, RunSpec spec, TokenCounts? inputs, TokenCounts? labels, TokenCounts? rationales, int sources = 1)
    {
        if (inputs is null || labels is null)
        {
            return null;
        }

        sources = Math.Max(1, sources);
        int streams = MethodNames.HasRationaleTask(spec.Method) ? 1 + sources : 1;
        bool writesRationales = spec.Method != MethodNames.Standard && rationales is not null;
        return RunMemory.Bytes(config, spec, new StepTokens(
            spec.BatchSize * streams,
            streams * InABatch(inputs, spec.BatchSize),
            InABatch(labels, spec.BatchSize) + (writesRationales ? sources * InABatch(rationales!, spec.BatchSize) : 0),
            inputs.Longest,
            writesRationales ? Math.Max(labels.Longest, rationales!.Longest) : labels.Longest));
    }

    /// <summary>Estimates the tokens of the largest of many batches, assuming normally distributed lengths.</summary>
    private static long InABatch(TokenCounts counts, int rows)
    {
        double deviation = (counts.Percentile95 - counts.Median) / DeviationsTo95;
        return (long)Math.Min((double)rows * counts.Longest, (rows * counts.Median) + (DeviationsToLargest * Math.Sqrt(rows) * deviation));
    }
}
