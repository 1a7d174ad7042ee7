using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Batching;

/// <summary>
/// A packed batch of fixed shape at fixed addresses on the device: everything that differs between two steps is the content of two
/// buffers. Padding tokens lie in a row past the last one, to which no other row attends, and have weight 0; they change no loss and no
/// gradient. Owns its tensors, independently of dispose scopes.
/// </summary>
internal sealed class StaticBatch : IBatchTensors, IDisposable
{
    private readonly StaticShape _shape;
    private readonly Tensor _numbers; // places of inputs and targets, ids, decoder ids, targets: int64
    private readonly Tensor _floats;  // weights, bias
    private readonly Tensor[] _views;
    private readonly uint[] _sequences;

    /// <param name="shape">Shape of every batch that is loaded.</param>
    /// <param name="device">Device of the model.</param>
    internal StaticBatch(StaticShape shape, Device device)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _shape = shape;
        _sequences = new uint[shape.Rows];
        _numbers = zeros([Numbers.Count(shape)], ScalarType.Int64, device);
        _floats = zeros([shape.Targets + (shape.Rows * shape.InputLength)], device: device);
        Losses = zeros([shape.Targets], device: device);
        Tensor inputPlaces = _numbers.narrow(0, 0, shape.Inputs);
        Tensor targetPlaces = _numbers.narrow(0, shape.Inputs, shape.Targets);
        InputIds = _numbers.narrow(0, shape.Inputs + shape.Targets, shape.Inputs);
        DecoderIds = _numbers.narrow(0, (2 * shape.Inputs) + shape.Targets, shape.Targets);
        Targets = _numbers.narrow(0, 2 * (shape.Inputs + shape.Targets), shape.Targets);
        Weights = _floats.narrow(0, 0, shape.Targets);
        Tensor bias = _floats.narrow(0, shape.Targets, shape.Rows * shape.InputLength).view(shape.Rows, 1, 1, shape.InputLength);
        _views = [_numbers, _floats, Losses, inputPlaces, targetPlaces, InputIds, DecoderIds, Targets, Weights, bias];
        foreach (Tensor view in _views)
        {
            view.DetachFromDisposeScope();
        }

        Source = [new(0, shape.Inputs, shape.Rows, shape.InputLength, _sequences, inputPlaces, bias)];
        Target = [new(0, shape.Targets, shape.Rows, shape.TargetLength, _sequences, targetPlaces, null)];
    }

    public Tensor InputIds { get; }

    public Tensor DecoderIds { get; }

    public Tensor Targets { get; }

    public Tensor Weights { get; }

    public IReadOnlyList<PaddedRows> Source { get; }

    public IReadOnlyList<PaddedRows> Target { get; }

    public IReadOnlyList<PaddedRows> Crossed => Source;

    /// <summary>[target tokens], float32: receives each token's loss, padding included.</summary>
    internal Tensor Losses { get; }

    /// <summary>[input tokens]: dropout key of each token of the loaded batch.</summary>
    internal ulong[] SourceKeys { get; private set; } = [];

    /// <summary>[target tokens]: dropout key of each token of the loaded batch.</summary>
    internal ulong[] TargetKeys { get; private set; } = [];

    /// <summary>Copies a batch to the device, asynchronously on a GPU: one copy for each buffer.</summary>
    /// <param name="batch">Fits the shape.</param>
    internal void Load(PackedBatch batch)
    {
        long[] numbers = new long[Numbers.Count(_shape)];
        float[] floats = new float[_shape.Targets + (_shape.Rows * _shape.InputLength)];
        var parts = new Numbers(numbers, _shape);
        Lay(parts.InputPlaces, batch.InputStarts, _shape.InputLength);
        Lay(parts.TargetPlaces, batch.TargetStarts, _shape.TargetLength);
        Repeat(batch.InputIds, parts.InputIds);
        Repeat(batch.DecoderIds, parts.DecoderIds);
        Repeat(batch.Targets, parts.Targets);
        batch.Weights.CopyTo(floats, 0);
        for (int row = 0; row < _shape.Rows; row++)
        {
            int length = row < batch.Rows.Count ? batch.InputStarts[row + 1] - batch.InputStarts[row] : 0;
            floats.AsSpan(_shape.Targets + (row * _shape.InputLength), _shape.InputLength)[length..].Fill(float.MinValue);
            _sequences[row] = row < batch.Rows.Count ? batch.Sequences[row] : uint.MaxValue - (uint)row;
        }

        SourceKeys = Keys(batch.InputStarts, batch, _shape.Inputs);
        TargetKeys = Keys(batch.TargetStarts, batch, _shape.Targets);
        HostTransfer.Fill(_numbers, numbers);
        HostTransfer.Fill(_floats, floats);
    }

    public void Dispose()
    {
        foreach (Tensor view in _views)
        {
            view.Dispose();
        }
    }

    /// <summary>Places each token in its row, and padding at the start of the last row.</summary>
    private void Lay(Span<long> places, int[] starts, int length)
    {
        places.Fill((long)(_shape.Rows - 1) * length);
        for (int row = 0; row < starts.Length - 1; row++)
        {
            for (int i = starts[row]; i < starts[row + 1]; i++)
            {
                places[i] = ((long)row * length) + i - starts[row];
            }
        }
    }

    /// <summary>Copies ids, then repeats them as padding: a single id would queue all its additions to one row of the gradient.</summary>
    private static void Repeat(int[] ids, Span<long> to)
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = ids.Length == 0 ? 0 : ids[i % ids.Length];
        }
    }

    private static ulong[] Keys(int[] starts, PackedBatch batch, int count)
    {
        ulong[] keys = new ulong[count];
        batch.WriteKeys(starts, keys);
        for (int i = starts[^1]; i < count; i++)
        {
            keys[i] = RowKeys.OfToken(uint.MaxValue, i);
        }

        return keys;
    }

    private readonly ref struct Numbers(long[] all, StaticShape shape)
    {
        internal Span<long> InputPlaces => all.AsSpan(0, shape.Inputs);

        internal Span<long> TargetPlaces => all.AsSpan(shape.Inputs, shape.Targets);

        internal Span<long> InputIds => all.AsSpan(shape.Inputs + shape.Targets, shape.Inputs);

        internal Span<long> DecoderIds => all.AsSpan((2 * shape.Inputs) + shape.Targets, shape.Targets);

        internal Span<long> Targets => all.AsSpan(2 * (shape.Inputs + shape.Targets), shape.Targets);

        internal static int Count(StaticShape shape) => (2 * shape.Inputs) + (3 * shape.Targets);
    }
}
