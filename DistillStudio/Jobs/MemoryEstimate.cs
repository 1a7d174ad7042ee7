using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>What a run will need at its peak, roughly: weights, optimiser, and what a step keeps for its backward pass.</summary>
internal static class MemoryEstimate
{
    /// <summary>The program with libtorch loaded, before any model.</summary>
    private const long Base = 300L << 20;

    /// <summary>Tensors of width <c>d_model</c> that a block of T5 keeps for the backward pass: norms, residuals, dropout masks, projections.</summary>
    private const int WidthsPerBlock = 12;

    /// <summary>Null where the tokens are not known.</summary>
    public static long? Bytes(T5Config config, RunSpec spec, TokenCounts? inputs, TokenCounts? labels, TokenCounts? rationales)
    {
        if (inputs is null || labels is null)
        {
            return null;
        }

        // Master weights and gradients, then AdamW's two moments; Adafactor keeps rows and columns only.
        double perWeight = (spec.OptimizerName == OptimizerName.AdamW ? 16 : 8) + (spec.Bf16 == true ? 2 : 0);
        double activation = spec.Bf16 == true ? 2 : 4;
        double streams = spec.ModelType == RecipeNames.TaskPrefix ? 2 : 1;
        double inputTokens = spec.BatchSize * streams * inputs.Percentile95;
        double targetTokens = spec.BatchSize * (spec.ModelType == RecipeNames.SingleTask ? labels.Percentile95 + (rationales?.Percentile95 ?? 0) : labels.Percentile95 + (streams > 1 ? rationales?.Percentile95 ?? 0 : 0));
        double perToken = (WidthsPerBlock * config.DModel) + (4 * config.NumHeads * config.DKv) + (3 * config.DFf);
        double scores = 3 * config.NumHeads * inputs.Percentile95;
        double encoder = inputTokens * config.NumLayers * (perToken + scores);
        double decoder = targetTokens * config.NumDecoderLayers * ((1.5 * perToken) + scores);
        double logits = 2 * targetTokens * config.VocabSize;
        return (long)(Base + (perWeight * config.ParameterCount) + (activation * (encoder + decoder + logits)));
    }
}
