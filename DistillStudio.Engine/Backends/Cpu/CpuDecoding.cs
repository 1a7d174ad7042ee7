using System.Collections.Concurrent;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Decodes on the CPU with our kernels. Inputs are encoded on the calling thread; several threads then decode their own rows.
/// </summary>
internal sealed class CpuDecoding<TFormat> : IDecoding
    where TFormat : struct, INumberFormat
{
    private readonly CpuT5<TFormat> _model;
    private readonly DecoderWeights<TFormat> _weights;
    private readonly Arena _encoded = new();
    private readonly ConcurrentBag<Arena> _arenas = [];
    private EncodedInputs<TFormat>[] _inputs = []; // of each block

    /// <param name="model">Model on the CPU. Its weights must not change during decoding.</param>
    internal CpuDecoding(T5 model)
    {
        using IDisposable noGrad = no_grad();
        _model = new CpuT5<TFormat>(model);
        _model.Begin(seed: null);
        _weights = new DecoderWeights<TFormat>(_model);
    }

    public bool IsDivisible => true;

    public void Begin(IReadOnlyList<int[]> inputs, int together)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _encoded.Release(default);
        _inputs = [.. _weights.Blocks.Select(_ => new EncodedInputs<TFormat>(_encoded, inputs.Count, _model.Config.InnerSize))];
        int first = 0;
        foreach (int[][] some in inputs.Chunk(together))
        {
            Encode(some, first);
            first += some.Length;
        }
    }

    public IRowDecoding Open(int first, int count) =>
        new CpuRowDecoding<TFormat>(_weights, _inputs, first, count, _arenas.TryTake(out Arena? arena) ? arena : new Arena(), _arenas.Add);

    public void Dispose()
    {
        while (_arenas.TryTake(out Arena? arena))
        {
            arena.Dispose();
        }

        _encoded.Dispose();
        _weights.Dispose();
        _model.Dispose();
    }

    private void Encode(int[][] inputs, int first)
    {
        Workspace workspace = _model.Workspace;
        workspace.Begin(seed: null);
        var batch = new PackedBatch(
            [.. inputs.Select((input, i) => new PackedRow(new TokenPair(input, []), 0, 0, (uint)i))], _model.Config.DecoderStartTokenId);
        TokenRows tokens = workspace.Tokens(batch, batch.InputStarts, batch.InputIds);
        Matrix encoded = _model.Encoder.Forward(tokens);
        for (int i = 0; i < _inputs.Length; i++)
        {
            Arena.Mark mark = workspace.Arena.Taken;
            _inputs[i].Add(
                first, batch.InputStarts, workspace.Multiply(encoded, _weights.Blocks[i].CrossKeys),
                workspace.Multiply(encoded, _weights.Blocks[i].CrossValues));
            workspace.Arena.Release(mark);
        }
    }
}
