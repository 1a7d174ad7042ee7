using System.Runtime.InteropServices;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Generation;

/// <summary>Options of text generation.</summary>
public sealed record GenerationOptions
{
    /// <summary>
    /// Maximum number of generated tokens, including the closing <c>&lt;/s&gt;</c>; at least 1. Hugging Face's <c>max_length</c> also
    /// counts the start token, so it is one greater.
    /// </summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>1 for greedy search; otherwise the number of beams.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>
    /// Exponent of the length by which beam search divides a sum of log probabilities; larger values favour longer answers.
    /// </summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Number of inputs per batch.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Also returns the log probability of each token; in greedy search only.</summary>
    public bool IsScored { get; init; }

    /// <summary>Called for each batch when it is done; null for none.</summary>
    public Action? BatchDone { get; init; }

    /// <summary>Division of the threads, for tests; null to choose it from the work.</summary>
    internal TeamPlan? Teams { get; init; }
}

/// <summary>The generated tokens of one input.</summary>
/// <param name="Ids">Token ids without the start token; including the closing <c>&lt;/s&gt;</c> if it was reached.</param>
/// <param name="IsTruncated">True if the limit was reached before <c>&lt;/s&gt;</c>.</param>
public sealed record GeneratedIds(IReadOnlyList<int> Ids, bool IsTruncated)
{
    /// <summary>Log probability of each token given those before it, in nats; null if not requested.</summary>
    public IReadOnlyList<float>? LogProbabilities { get; init; }
}

/// <summary>Greedy and beam search, equivalent to Hugging Face's <c>generate</c>. Deterministic.</summary>
public static class SequenceGenerator
{
    /// <summary>Runs on the caller's thread, without gradients and in eval mode; the model's mode is restored.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="inputs">Token ids including the closing <c>&lt;/s&gt;</c>, of any lengths.</param>
    /// <param name="options">Limits and search.</param>
    /// <param name="cancellation">Checked between tokens.</param>
    /// <returns>One result per input, in the same order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    /// <exception cref="GenerationMemoryException">Memory ran out, on a GPU also without graphs.</exception>
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
            bool isStatic = ModelGraphs.Of(model) is not null;
            using IBeamDecoding? beams = greedy is null && (isStatic || model.Device.type != DeviceType.CPU)
                ? ComputeBackends.CreateBeamDecoding(model)
                : null;
            using IDisposable? operands = greedy is null && !isStatic ? model.CacheWeightCasts() : null;
            int[] order = [.. Enumerable.Range(0, inputs.Count).OrderBy(i => inputs[i].Length)]; // neighbours share a batch, less padding
            foreach (int[] some in order.Chunk(greedy is { IsDivisible: true } ? RowsAtATime(model, inputs, options) : options.BatchSize))
            {
                int[][] tokens = [.. some.Select(i => inputs[i])];
                GeneratedIds[] written = WithGraphsOrWithout(model, () => greedy is not null
                    ? GreedySearch.Run(
                        greedy, tokens, model.Config, options.MaxNewTokens, options.IsScored, cancellation,
                        options.Teams ?? TeamPlan.OfDecoding(model.Config, tokens.Length), options.BatchSize)
                    : SearchWithBeams(model, beams, tokens, options, cancellation));
                for (int i = 0; i < some.Length; i++)
                {
                    results[some[i]] = written[i];
                }

                for (int batch = 0; batch < some.Length; batch += options.BatchSize)
                {
                    options.BatchDone?.Invoke();
                }
            }
        }
        catch (Exception e) when (NativeErrors.IsOutOfMemory(e))
        {
            throw new GenerationMemoryException(Math.Min(options.BatchSize, inputs.Count), options.Beams, e);
        }
        finally
        {
            model.train(wasTraining);
        }

        return results;
    }

    /// <summary>Repeats a search without graphs if the device's memory does not suffice beside these.</summary>
    private static GeneratedIds[] WithGraphsOrWithout(T5 model, Func<GeneratedIds[]> search)
    {
        try
        {
            return search();
        }
        catch (ExternalException e)
            when (NativeErrors.IsOutOfMemory(e) && ModelGraphs.Of(model)?.Cache.GiveUp(NativeErrors.NoRoomForGraphs) == true)
        {
            return search();
        }
    }

    private static int RowsAtATime(T5 model, IReadOnlyList<int[]> inputs, GenerationOptions options) =>
        TeamPlan.RowsAtATime(
            model.Config, model.Precision, inputs.Select(input => input.Length).DefaultIfEmpty().Max() + options.MaxNewTokens,
            options.BatchSize);

    /// <param name="together">Decodes all inputs at a time; null for teams that decode inputs of their own.</param>
    private static GeneratedIds[] SearchWithBeams(
        T5 model, IBeamDecoding? together, int[][] inputs, GenerationOptions options, CancellationToken cancellation)
    {
        if (together is not null)
        {
            return BeamSearch.Run(together, inputs, model.Config, options, cancellation);
        }

        var answers = new GeneratedIds[inputs.Length];
        void Search(int first, int count, CancellationToken stop)
        {
            using IBeamDecoding decoding = ComputeBackends.CreateBeamDecoding(model);
            BeamSearch.Run(decoding, inputs[first..(first + count)], model.Config, options, stop).CopyTo(answers, first);
        }

        (options.Teams ?? TeamPlan.OfBeams(inputs.Length * options.Beams)).Run(inputs.Length, usesLibtorch: true, Search, cancellation);
        return answers;
    }
}
