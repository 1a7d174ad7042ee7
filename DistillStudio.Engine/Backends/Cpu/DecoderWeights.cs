using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>All weights that decoding needs, packed once and read by several threads.</summary>
/// <param name="model">Its weights are up to date and do not change.</param>
internal sealed class DecoderWeights<TFormat>(CpuT5<TFormat> model) : IDisposable
    where TFormat : struct, INumberFormat
{
    private readonly RelativeBuckets _buckets =
        new(bidirectional: false, model.Config.RelativeAttentionNumBuckets, model.Config.RelativeAttentionMaxDistance);

    private readonly Weight _bias = model.Weights["decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"];

    internal T5Config Config => model.Config;

    internal Weight Embedding { get; } = model.Weights["shared.weight"];

    internal DecodingBlock<TFormat>[] Blocks { get; } =
        [.. Enumerable.Range(0, model.Config.NumDecoderLayers).Select(i => DecodingBlock<TFormat>.Create(model, i))];

    internal Weight FinalNorm { get; } = model.Weights["decoder.final_layer_norm.weight"];

    internal float HeadScale { get; } = (float)model.HeadScale;

    internal PackedWeight<TFormat> Head { get; } = new(model.Head);

    /// <summary>Writes the bias of a position towards itself and all positions before it.</summary>
    /// <param name="position">Position of the query.</param>
    /// <param name="bias">Receives [H, <paramref name="stride"/>].</param>
    /// <param name="stride">More than <paramref name="position"/>.</param>
    internal unsafe void WriteBias(int position, float* bias, int stride)
    {
        for (int key = 0; key <= position; key++)
        {
            int bucket = _buckets.Of(key - position);
            for (int head = 0; head < Config.NumHeads; head++)
            {
                bias[((long)head * stride) + key] = _bias.Data[(bucket * Config.NumHeads) + head];
            }
        }
    }

    public void Dispose()
    {
        foreach (DecodingBlock<TFormat> block in Blocks)
        {
            block.Dispose();
        }

        Head.Dispose();
    }
}
