using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>Estimates the memory that static shapes take on a GPU, in addition to that of a step and of the weights.</summary>
internal static class StaticMemory
{
    private const int LongestAnswer = 1 << 20; // settings that are not checked yet may be absurd

    /// <summary>Returns the memory of the buffers of greedy generation.</summary>
    /// <param name="config">Config of the model.</param>
    /// <param name="precision">Precision of the model.</param>
    /// <param name="rows">Inputs of a batch.</param>
    /// <param name="longestInput">Tokens of the longest input.</param>
    /// <param name="answer">Most tokens of an answer.</param>
    /// <returns>Bytes.</returns>
    internal static long OfGeneration(T5Config config, Precision precision, int rows, int longestInput, int answer)
    {
        DecodingShape shape = DecodingShape.For(rows, longestInput);
        while (shape.Positions < Math.Min(answer, LongestAnswer))
        {
            shape = shape.Extended();
        }

        return DecodingCapacity.Empty(config, precision).With(shape).Bytes;
    }

    /// <summary>
    /// Returns the memory of recorded steps. They share one pool, which keeps what the largest of them needs; a shape that is not recorded
    /// yet is computed beside it, so that this is memory in addition to that of a step. Each shape has input buffers of its own.
    /// </summary>
    /// <param name="config">Config of the model.</param>
    /// <param name="precision">Precision of the model.</param>
    /// <param name="tokens">Tokens of the largest batch.</param>
    /// <param name="hasOwnKernels">Whether own kernels compute.</param>
    /// <returns>Bytes.</returns>
    internal static long OfGraphs(T5Config config, Precision precision, StepTokens tokens, bool hasOwnKernels)
    {
        var shape = StaticShape.Of(
            tokens.Sequences, Count(tokens.Inputs), Count(tokens.Targets), tokens.LongestInput, tokens.LongestTarget, StaticGrid.Default);
        var padded = new StepTokens(shape.Rows, shape.Inputs, shape.Targets, shape.InputLength, shape.TargetLength);
        return StepMemory.OfTensors(config, precision, padded, hasOwnKernels) + (GraphCache.MostShapes * StaticBatch.BytesOf(shape));
    }

    private static int Count(long tokens) => (int)Math.Min(tokens, 1 << 27); // a larger batch does not fit anyway
}
