using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// Decodes with steps of fixed shape, which a GPU can record once and replay: keys and values have room for a fixed number of positions,
/// and position and newest tokens lie on the device. Finished rows are computed until half of the rows are finished.
/// </summary>
internal sealed class StaticDecoding : IDecoding
{
    private const int FirstPositions = 64;

    private readonly T5 _model;
    private readonly ModelGraphs _graphs;
    private readonly DecodingMemory _memory;
    private readonly IDisposable _operands;
    private DecodingShape _shape = new(0, 0, 0);
    private int[] _batch = [];  // input of each row
    private int[] _newest = []; // token of each row on the device
    private int _position;

    /// <param name="model">The model in eval mode; its weights must not change until disposed.</param>
    /// <param name="graphs">Graphs of the model.</param>
    internal StaticDecoding(T5 model, ModelGraphs graphs)
    {
        _model = model;
        _graphs = graphs;
        _memory = graphs.Decoding(model);
        _operands = model.CacheWeightCastsInPlace();
        _memory.Refresh();
    }

    public void Begin(IReadOnlyList<int[]> inputs)
    {
        int longest = StaticGrid.Default.RoundLength(Math.Max(1, inputs.Max(input => input.Length)));
        _shape = new(DecodingShape.RowsFor(inputs.Count), longest, FirstPositions);
        _memory.Require(_shape);
        _shape = _shape with { Positions = _memory.Positions };
        var shape = new EncodingShape(_shape.Rows, longest);
        _graphs.Cache.Run(shape, () => _memory.Encoding(shape), buffers => Load(buffers, shape, inputs), Encode);
        _memory.Start(_model.Config.DecoderStartTokenId);
        _batch = [.. Enumerable.Range(0, inputs.Count)];
        _newest = [.. Enumerable.Repeat(_model.Config.DecoderStartTokenId, inputs.Count)];
        _position = 0;
    }

    public int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities)
    {
        using DisposeScope scope = NewDisposeScope();
        Compact(rows);
        if (_position == _shape.Positions)
        {
            _memory.Extend(_shape.Rows);
            _shape = _shape with { Positions = _memory.Positions };
        }

        int[] places = Place(rows, newest);
        DecodingShape shape = _shape;
        DecodingBuffers buffers = _graphs.Cache.Run(shape, () => _memory.Decoding(shape), _ => { }, Decode);
        _position++;
        float[] output = [.. buffers.Output.cpu().data<float>()];
        _newest = [.. Enumerable.Range(0, _batch.Length).Select(i => (int)output[i])];
        for (int i = 0; i < places.Length && !logProbabilities.IsEmpty; i++)
        {
            logProbabilities[i] = output[shape.Rows + places[i]];
        }

        return [.. places.Select(place => _newest[place])];
    }

    public void Dispose() => _operands.Dispose();

    private void Load(EncodingBuffers buffers, EncodingShape shape, IReadOnlyList<int[]> inputs)
    {
        long[] ids = new long[shape.Rows * shape.Source];
        float[] mask = new float[ids.Length];
        Array.Fill(ids, _model.Config.PadTokenId);
        for (int row = 0; row < inputs.Count; row++)
        {
            for (int i = 0; i < inputs[row].Length; i++)
            {
                ids[(row * shape.Source) + i] = inputs[row][i];
                mask[(row * shape.Source) + i] = 1;
            }
        }

        HostTransfer.Fill(buffers.Ids, ids);
        HostTransfer.Fill(buffers.Mask, mask);
    }

    private void Encode(EncodingBuffers buffers)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        buffers.Self.zero_();
        buffers.CrossBias.copy_(_model.PaddingBias(buffers.Mask));
        int i = 0;
        foreach ((Tensor keys, Tensor values) in _model.CrossKeysAndValues(_model.Encode(buffers.Ids, buffers.Mask)))
        {
            buffers.Cross[i++].copy_(keys);
            buffers.Cross[i++].copy_(values);
        }
    }

    private void Decode(DecodingBuffers buffers)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar one = 1;
        Tensor bias = _memory.Bias.index_select(2, _memory.Position);                                        // [1, H, 1, T]
        Tensor logits = _model.Logits(_model.DecodeNext(buffers.Ids, bias, buffers.CrossBias, buffers.Layers)); // [N, V]
        Tensor likeliest = logits.argmax(-1);                                                                // [N]
        buffers.Output.select(0, 0).copy_(likeliest); // exact: a vocabulary is smaller than 2^24
        buffers.Output.select(0, 1).copy_(logits.log_softmax(-1).gather(1, likeliest.unsqueeze(1)).view(-1));
        buffers.Ids.copy_(likeliest);
        _memory.Position.add_(one, alpha: one);
    }

    /// <summary>Returns the place of each row, and corrects tokens on the device that differ from the caller's.</summary>
    private int[] Place(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest)
    {
        int[] places = new int[rows.Length];
        bool differs = false;
        for (int i = 0; i < rows.Length; i++)
        {
            places[i] = Array.IndexOf(_batch, rows[i]);
            differs |= _newest[places[i]] != newest[i];
            _newest[places[i]] = newest[i];
        }

        if (differs)
        {
            _memory.SetIds([.. _newest.Select(id => (long)id)]);
        }

        return places;
    }

    /// <summary>Drops finished rows if a shape with fewer rows then suffices.</summary>
    private void Compact(ReadOnlySpan<int> rows)
    {
        int count = DecodingShape.RowsFor(rows.Length);
        if (count >= _shape.Rows)
        {
            return;
        }

        int[] kept = new int[rows.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = Array.IndexOf(_batch, rows[i]);
        }

        _memory.Compact(_shape, [.. kept.Select(place => (long)place)]);
        _newest = [.. kept.Select(place => _newest[place])];
        _batch = rows.ToArray();
        _shape = _shape with { Rows = count };
    }
}
