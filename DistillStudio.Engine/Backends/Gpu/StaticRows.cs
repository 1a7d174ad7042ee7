using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// The inputs of a decoding with steps of fixed shape, which a GPU can record once and replay: keys and values have room for a fixed
/// number of positions. Finished inputs are computed until half of the inputs are finished.
/// </summary>
internal sealed class StaticRows : IDisposable
{
    private readonly T5 _model;
    private readonly ModelGraphs _graphs;
    private readonly IDisposable _operands;
    private int[] _batch = []; // input at each place
    private int _position;

    /// <param name="model">The model in eval mode; its weights must not change until disposed.</param>
    /// <param name="graphs">Graphs of the model.</param>
    internal StaticRows(T5 model, ModelGraphs graphs)
    {
        _model = model;
        _graphs = graphs;
        Memory = graphs.Decoding(model);
        Memory.Refresh();
        _operands = model.CacheWeightCastsInPlace(); // last: nothing would release them if a later line failed
    }

    internal DecodingMemory Memory { get; }

    internal DecodingShape Shape { get; private set; } = new(0, 0, 0);

    /// <summary>Encodes inputs together, since they share one memory.</summary>
    /// <param name="inputs">At least one.</param>
    /// <param name="beams">1 for greedy search.</param>
    internal void Begin(IReadOnlyList<int[]> inputs, int beams)
    {
        Shape = DecodingShape.For(inputs.Count, inputs.Max(input => input.Length), beams);
        Memory.Require(Shape);
        Shape = Shape with { Positions = Memory.Positions };
        var shape = new EncodingShape(Shape.Rows, Shape.Source);
        _graphs.Cache.Run(shape, () => Memory.Encoding(shape), buffers => Load(buffers, shape, inputs), Encode);
        Memory.Start(_model.Config.DecoderStartTokenId);
        _batch = [.. Enumerable.Range(0, inputs.Count)];
        _position = 0;
    }

    /// <summary>Returns the place of an input.</summary>
    internal int PlaceOf(int input) => Array.IndexOf(_batch, input);

    /// <summary>Drops finished inputs if a shape with fewer then suffices, and makes room for a further position.</summary>
    /// <param name="inputs">Those still decoded, ascending.</param>
    /// <returns>The former places of the inputs; null if these stay.</returns>
    internal int[]? Prepare(ReadOnlySpan<int> inputs)
    {
        int[]? kept = null;
        int rows = DecodingShape.RowsFor(inputs.Length, Shape.Beams);
        if (rows < Shape.Rows)
        {
            kept = new int[inputs.Length];
            for (int i = 0; i < kept.Length; i++)
            {
                kept[i] = PlaceOf(inputs[i]);
            }

            Memory.Compact(Shape, kept);
            _batch = inputs.ToArray();
            Shape = Shape with { Rows = rows };
        }

        if (_position == Shape.Positions)
        {
            Memory.Extend(Shape);
            Shape = Shape with { Positions = Memory.Positions };
        }

        return kept;
    }

    /// <summary>Decodes a position, as a recorded graph where it can.</summary>
    /// <param name="load">Writes the inputs of the step.</param>
    /// <param name="decode">Computes it from the buffers into the buffers, and moves on by <see cref="Advance"/>.</param>
    internal DecodingBuffers Step(Action<DecodingBuffers> load, Action<DecodingBuffers> decode)
    {
        DecodingShape shape = Shape;
        DecodingBuffers buffers = _graphs.Cache.Run(shape, () => Memory.Decoding(shape), load, decode);
        _position++;
        return buffers;
    }

    /// <summary>Returns the logits of the next token of each decoder row; part of a step.</summary>
    /// <returns>[N, V], float32</returns>
    internal Tensor Logits(DecodingBuffers buffers)
    {
        Tensor bias = Memory.Bias.index_select(2, Memory.Position); // [1, H, 1, T]
        return _model.Logits(_model.DecodeNext(buffers.Ids, bias, buffers.CrossBias, buffers.Layers));
    }

    /// <summary>Moves on to the next position; the end of a step.</summary>
    internal void Advance()
    {
        Memory.Position.add_(TensorArithmetic.One, alpha: TensorArithmetic.One);
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
}
