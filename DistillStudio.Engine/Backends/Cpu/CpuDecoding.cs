using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Decodes on the CPU with our kernels: finished rows cost nothing, and each row's result is independent of the others.
/// </summary>
internal sealed unsafe class CpuDecoding<TFormat> : IDecoding
    where TFormat : struct, INumberFormat
{
    private readonly CpuT5<TFormat> _model;
    private readonly T5Config _config;
    private readonly Workspace _workspace;
    private readonly DecodingBlock<TFormat>[] _blocks;
    private readonly PackedWeight<TFormat> _head;
    private readonly RelativeBuckets _buckets;
    private readonly Weight _bias;
    private readonly Weight _finalNorm;
    private DecodingMemory<TFormat>[] _memories = [];
    private int _length;

    /// <param name="model">Model on the CPU. Its weights must not change during decoding.</param>
    internal CpuDecoding(T5 model)
    {
        using IDisposable noGrad = no_grad();
        _model = new CpuT5<TFormat>(model);
        _config = model.Config;
        _workspace = _model.Workspace;
        _model.Begin(seed: null);
        _blocks = [.. Enumerable.Range(0, _config.NumDecoderLayers).Select(i => DecodingBlock<TFormat>.Create(_model, i))];
        _head = new(_model.Head);
        _buckets = new RelativeBuckets(bidirectional: false, _config.RelativeAttentionNumBuckets, _config.RelativeAttentionMaxDistance);
        _bias = _model.Weights["decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"];
        _finalNorm = _model.Weights["decoder.final_layer_norm.weight"];
    }

    public void Begin(IReadOnlyList<int[]> inputs)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _workspace.Begin(seed: null);
        var batch = new PackedBatch(
            [.. inputs.Select((input, i) => new PackedRow(new TokenPair(input, []), 0, 0, (uint)i))], _config.DecoderStartTokenId);
        TokenRows tokens = _workspace.Tokens(batch, batch.InputStarts, batch.InputIds);
        Matrix encoded = _model.Encoder.Forward(tokens);
        _length = 0;
        _memories = [.. _blocks.Select(block => new DecodingMemory<TFormat>(
            _workspace.Arena, batch.InputStarts, _workspace.Multiply(encoded, block.CrossKeys),
            _workspace.Multiply(encoded, block.CrossValues)))];
    }

    public int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities)
    {
        foreach (DecodingMemory<TFormat> memory in _memories)
        {
            memory.Reserve(_length + 1);
        }

        Arena.Mark mark = _workspace.Arena.Taken;
        float* bias = BiasOfNewest(_memories[0].Capacity);
        var step = new DecodingStep<TFormat>(_config, _workspace.Arena, rows.Length);
        step.Embed(_model.Weights["shared.weight"].Data, newest);
        for (int i = 0; i < _blocks.Length; i++)
        {
            step.Attend(_blocks[i], _memories[i], rows, _length, bias);
            step.AttendToInput(_blocks[i], _memories[i], rows);
            step.FeedForward(_blocks[i]);
        }

        int[] likeliest = step.Likeliest(_finalNorm, (float)_model.HeadScale, _head, logProbabilities);
        _length++;
        _workspace.Arena.Release(mark);
        return likeliest;
    }

    /// <summary>[H, room]: bias of the newest position towards all positions so far.</summary>
    private float* BiasOfNewest(int room)
    {
        long[] buckets = _buckets.Range(-_length, _length + 1);
        float* bias = _workspace.Arena.Take<float>((long)_config.NumHeads * room);
        for (int head = 0; head < _config.NumHeads; head++)
        {
            for (int key = 0; key < buckets.Length; key++)
            {
                bias[((long)head * room) + key] = _bias.Data[(buckets[key] * _config.NumHeads) + head];
            }
        }

        return bias;
    }

    public void Dispose()
    {
        foreach (DecodingBlock<TFormat> block in _blocks)
        {
            block.Dispose();
        }

        _head.Dispose();
        _model.Dispose();
    }
}
