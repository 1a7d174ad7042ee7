using System.Runtime.InteropServices;
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
    private readonly Tensor _numbers; // places, ids, dropout keys, rows: int64, see Numbers
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
        _floats = zeros([CountOfFloats(shape)], device: device);
        Losses = zeros([shape.Targets], device: device);
        Tensor inputPlaces = _numbers.narrow(0, 0, shape.Inputs);
        Tensor targetPlaces = _numbers.narrow(0, shape.Inputs, shape.Targets);
        InputIds = _numbers.narrow(0, shape.Inputs + shape.Targets, shape.Inputs);
        DecoderIds = _numbers.narrow(0, (2 * shape.Inputs) + shape.Targets, shape.Targets);
        Targets = _numbers.narrow(0, 2 * (shape.Inputs + shape.Targets), shape.Targets);
        int keys = (2 * shape.Inputs) + (3 * shape.Targets);
        DeviceSourceKeys = _numbers.narrow(0, keys, shape.Inputs);
        DeviceTargetKeys = _numbers.narrow(0, keys + shape.Inputs, shape.Targets);
        DeviceSequences = _numbers.narrow(0, keys + shape.Inputs + shape.Targets, shape.Rows);
        DeviceSeed = _numbers.narrow(0, keys + shape.Inputs + shape.Targets + shape.Rows, 1);
        int rows = keys + shape.Inputs + shape.Targets + shape.Rows + 1;
        Tensor inputOwners = _numbers.narrow(0, rows, shape.Inputs);
        Tensor inputStarts = _numbers.narrow(0, rows + shape.Inputs, shape.Rows + 1);
        rows += shape.Inputs + shape.Rows + 1;
        Tensor targetOwners = _numbers.narrow(0, rows, shape.Targets);
        Tensor targetStarts = _numbers.narrow(0, rows + shape.Targets, shape.Rows + 1);
        Weights = _floats.narrow(0, 0, shape.Targets);
        Tensor bias = _floats.narrow(0, shape.Targets, shape.Rows * shape.InputLength).view(shape.Rows, 1, 1, shape.InputLength);
        _views =
        [
            _numbers, _floats, Losses, inputPlaces, targetPlaces, InputIds, DecoderIds, Targets, Weights, bias, DeviceSourceKeys,
            DeviceTargetKeys, DeviceSequences, DeviceSeed, inputOwners, inputStarts, targetOwners, targetStarts,
        ];
        foreach (Tensor view in _views)
        {
            view.DetachFromDisposeScope();
        }

        Source =
        [
            new(0, shape.Inputs, shape.Rows, shape.InputLength, _sequences, inputPlaces, bias)
            {
                OnDevice = new(inputOwners, inputStarts, shape.InputLength),
            },
        ];
        Target =
        [
            new(0, shape.Targets, shape.Rows, shape.TargetLength, _sequences, targetPlaces, null)
            {
                OnDevice = new(targetOwners, targetStarts, shape.TargetLength),
            },
        ];
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

    /// <summary>[input tokens], int64: <see cref="SourceKeys"/> on the device.</summary>
    internal Tensor DeviceSourceKeys { get; }

    /// <summary>[target tokens], int64: <see cref="TargetKeys"/> on the device.</summary>
    internal Tensor DeviceTargetKeys { get; }

    /// <summary>[rows], int64: <see cref="PaddedRows.Sequences"/> on the device.</summary>
    internal Tensor DeviceSequences { get; }

    /// <summary>[1], int64: seed of the step's dropout.</summary>
    internal Tensor DeviceSeed { get; }

    /// <summary>Returns the bytes of a batch's buffers.</summary>
    internal static long BytesOf(StaticShape shape) => ((long)Numbers.Count(shape) * sizeof(long))
        + ((CountOfFloats(shape) + shape.Targets) * sizeof(float));

    /// <summary>Copies a batch to the device, asynchronously on a GPU: one copy for each buffer.</summary>
    /// <param name="batch">Fits the shape.</param>
    /// <param name="seed">Seed of the step's dropout.</param>
    internal void Load(PackedBatch batch, ulong seed)
    {
        long[] numbers = new long[Numbers.Count(_shape)];
        float[] floats = new float[CountOfFloats(_shape)];
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
        parts.WriteDropout(SourceKeys, TargetKeys, _sequences, seed);
        parts.WriteRows(batch.InputStarts, batch.TargetStarts);
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

    private static long CountOfFloats(StaticShape shape) => shape.Targets + ((long)shape.Rows * shape.InputLength);

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

        internal static int Count(StaticShape shape) => CountOfDropout(shape) + shape.Inputs + shape.Targets + (2 * (shape.Rows + 1));

        /// <summary>Numbers up to those of dropout.</summary>
        private static int CountOfDropout(StaticShape shape) => (3 * shape.Inputs) + (4 * shape.Targets) + shape.Rows + 1;

        /// <summary>Writes what dropout depends on behind the other numbers.</summary>
        internal void WriteDropout(ulong[] sourceKeys, ulong[] targetKeys, uint[] sequences, ulong seed)
        {
            Span<long> rest = all.AsSpan((2 * shape.Inputs) + (3 * shape.Targets));
            MemoryMarshal.Cast<ulong, long>(sourceKeys).CopyTo(rest);
            MemoryMarshal.Cast<ulong, long>(targetKeys).CopyTo(rest[shape.Inputs..]);
            rest = rest[(shape.Inputs + shape.Targets)..];
            for (int row = 0; row < sequences.Length; row++)
            {
                rest[row] = sequences[row];
            }

            rest[sequences.Length] = (long)seed;
        }

        /// <summary>Writes the row of each token and the starts of the rows behind the numbers of dropout.</summary>
        internal void WriteRows(int[] inputStarts, int[] targetStarts)
        {
            Span<long> rest = all.AsSpan(CountOfDropout(shape));
            WriteRows(inputStarts, rest[..shape.Inputs], rest.Slice(shape.Inputs, shape.Rows + 1));
            rest = rest[(shape.Inputs + shape.Rows + 1)..];
            WriteRows(targetStarts, rest[..shape.Targets], rest.Slice(shape.Targets, shape.Rows + 1));
        }

        /// <summary>Padding belongs to the last row, which is without tokens: it attends to nothing, and nothing to it.</summary>
        /// <param name="starts">[rows of the batch + 1]: index of each row's first token, then the number of tokens.</param>
        /// <param name="owners">[tokens of the shape]: receives the row of each token.</param>
        /// <param name="paddedStarts">[rows of the shape + 1]: receives the starts, with rows without tokens behind them.</param>
        private void WriteRows(int[] starts, Span<long> owners, Span<long> paddedStarts)
        {
            owners.Fill(shape.Rows - 1);
            paddedStarts.Fill(starts[^1]);
            for (int row = 0; row < starts.Length - 1; row++)
            {
                paddedStarts[row] = starts[row];
                owners[starts[row]..starts[row + 1]].Fill(row);
            }
        }
    }
}
