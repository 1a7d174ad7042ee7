using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Generation;

/// <summary>How a model writes.</summary>
public sealed record GenerationOptions
{
    /// <summary>Tokens written at most, the closing <c>&lt;/s&gt;</c> included; at least 1. Hugging Face's <c>max_length</c> counts the start token too, so it is one more.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>1 for greedy search; beam search keeps this many candidates.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>Beam search divides a sum of log probabilities by the length to this power; larger favours longer answers.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Inputs worked on together.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Called after each batch; null for nobody.</summary>
    public Action? BatchDone { get; init; }
}

/// <summary>What a model wrote.</summary>
/// <param name="Ids">Without the start token; with the closing <c>&lt;/s&gt;</c> where it was reached.</param>
/// <param name="IsTruncated">The limit came before <c>&lt;/s&gt;</c>.</param>
public sealed record GeneratedIds(IReadOnlyList<int> Ids, bool IsTruncated);

/// <summary>Greedy and beam search, as Hugging Face's <c>generate</c> does them. No randomness.</summary>
public static class SequenceGenerator
{
    /// <summary>Runs on the caller's thread, without gradients and in eval mode; the model's mode is restored.</summary>
    /// <param name="model">On any device.</param>
    /// <param name="inputs">Token ids with the closing <c>&lt;/s&gt;</c>, of any lengths.</param>
    /// <param name="options">Limits and search.</param>
    /// <param name="cancellation">Looked at between tokens.</param>
    /// <returns>One result an input, in their order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    public static IReadOnlyList<GeneratedIds> Generate(
        T5 model,
        IReadOnlyList<int[]> inputs,
        GenerationOptions options,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxNewTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Beams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        var results = new GeneratedIds[inputs.Count];
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using IDisposable noGrad = no_grad();
            using IDecoding? greedy = options.Beams == 1 ? ComputeBackends.CreateDecoding(model) : null;
            using IDisposable? operands = greedy is null ? model.CacheWeightCasts() : null;

            // Inputs of like length share a batch, so that little of it is padding.
            foreach (int[] batch in Enumerable.Range(0, inputs.Count).OrderBy(i => inputs[i].Length).Chunk(options.BatchSize))
            {
                int[][] some = [.. batch.Select(i => inputs[i])];
                GeneratedIds[] written = greedy is not null
                    ? GreedySearch.Run(greedy, some, model.Config, options.MaxNewTokens, cancellation)
                    : SearchWithBeams(model, some, options, cancellation);
                for (int i = 0; i < batch.Length; i++)
                {
                    results[batch[i]] = written[i];
                }

                options.BatchDone?.Invoke();
            }
        }
        finally
        {
            model.train(wasTraining);
        }

        return results;
    }

    private static GeneratedIds[] SearchWithBeams(T5 model, int[][] inputs, GenerationOptions options, CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        using InputBatch batch = InputBatch.Create(inputs, model.Config.PadTokenId, model.Device);
        using DecoderCache cache = model.StartDecoding(model.Encode(batch.Ids, batch.Mask), batch.Mask);
        return BeamSearch.Run(model, cache, inputs.Length, options, cancellation);
    }
}
