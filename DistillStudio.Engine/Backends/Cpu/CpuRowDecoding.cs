using DistillStudio.Engine.Kernels;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Decodes some rows with a cache and scratch memory of its own: finished rows cost nothing, and each row's result is independent of the
/// others.
/// </summary>
/// <param name="weights">Shared weights.</param>
/// <param name="inputs">Encoded inputs of each block.</param>
/// <param name="first">Index of the first row among the inputs.</param>
/// <param name="count">Number of rows.</param>
/// <param name="arena">Memory, used by nothing else until disposal.</param>
/// <param name="ended">Receives the arena at disposal.</param>
internal sealed unsafe class CpuRowDecoding<TFormat>(
    DecoderWeights<TFormat> weights, EncodedInputs<TFormat>[] inputs, int first, int count, Arena arena, Action<Arena> ended) : IRowDecoding
    where TFormat : struct, INumberFormat
{
    private readonly DecodingCache<TFormat>[] _caches =
        [.. inputs.Select(_ => new DecodingCache<TFormat>(arena, count, weights.Config.InnerSize))];

    private int _length;

    public int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities)
    {
        foreach (DecodingCache<TFormat> cache in _caches)
        {
            cache.Reserve(_length + 1);
        }

        Arena.Mark mark = arena.Taken;
        int stride = _caches[0].Capacity;
        float* bias = arena.Take<float>((long)weights.Config.NumHeads * stride);
        weights.WriteBias(_length, bias, stride);
        var step = new DecodingStep<TFormat>(weights.Config, arena, rows.Length);
        step.Embed(weights.Embedding.Data, newest);
        for (int i = 0; i < _caches.Length; i++)
        {
            step.Attend(weights.Blocks[i], _caches[i], rows, _length, bias);
            step.AttendToInput(weights.Blocks[i], inputs[i], first, rows);
            step.FeedForward(weights.Blocks[i]);
        }

        int[] likeliest = step.Likeliest(weights.FinalNorm, weights.HeadScale, weights.Head, logProbabilities);
        _length++;
        arena.Release(mark);
        return likeliest;
    }

    public void Dispose()
    {
        arena.Release(default);
        ended(arena);
    }
}
