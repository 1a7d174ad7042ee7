using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// Memory of greedy decoding at fixed addresses: inputs, keys and values, the state of the rows. A shape uses the beginning of each buffer.
/// Grows if a shape does not fit, which drops the graphs of the earlier ones.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="graphs">Graphs of the model.</param>
internal sealed class DecodingMemory(T5 model, ModelGraphs graphs) : IDisposable
{
    private readonly ScalarType _type = model.Precision.ToScalarType();
    private readonly int _layers = model.Config.NumDecoderLayers;
    private DecodingShape _capacity = new(0, 0, 0);
    private Tensor[] _all = [];
    private Tensor _inputIds = null!;  // [rows · source], int64
    private Tensor _inputMask = null!; // [rows · source]
    private Tensor _crossBias = null!; // [rows · source]
    private Tensor _cross = null!;     // [2 · layers, rows · H · source · d_kv]
    private Tensor _self = null!;      // [2 · layers, rows · H · positions · d_kv]
    private Tensor _ids = null!;       // [rows], int64
    private Tensor _output = null!;    // [2 · rows]

    /// <summary>[1, H, T, T], float32: position bias with the causal mask.</summary>
    internal Tensor Bias { get; private set; } = null!;

    /// <summary>[1], int64: position of the next token.</summary>
    internal Tensor Position { get; private set; } = null!;

    /// <summary>Positions that fit.</summary>
    internal int Positions => _capacity.Positions;

    private long KeyRow => (long)model.Config.NumHeads * model.Config.DKv;

    /// <summary>Makes room for a shape; what the buffers held is lost.</summary>
    /// <returns>True if the buffers are new.</returns>
    internal bool Require(DecodingShape shape)
    {
        if (shape.Rows <= _capacity.Rows && shape.Source <= _capacity.Source && shape.Positions <= _capacity.Positions)
        {
            return false;
        }

        graphs.Cache.Drop(key => key is DecodingShape or EncodingShape);
        DisposeAll();
        _capacity = new(
            Math.Max(shape.Rows, _capacity.Rows), Math.Max(shape.Source, _capacity.Source),
            Math.Max(shape.Positions, _capacity.Positions));
        Allocate();
        return true;
    }

    /// <summary>Makes room for twice the positions; the rows keep those so far.</summary>
    /// <param name="rows">Rows in use.</param>
    internal void Extend(int rows)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int before = Positions;
        Tensor[] kept = [.. Enumerable.Range(0, 2 * _layers).Select(i => SelfOf(i, rows).clone())];
        (Tensor cross, Tensor crossBias) = (_cross.clone(), _crossBias.clone());
        (Tensor ids, Tensor position) = (_ids.clone(), Position.clone());
        Require(_capacity with { Positions = 2 * before });
        _cross.copy_(cross);
        _crossBias.copy_(crossBias);
        _ids.copy_(ids);
        Position.copy_(position);
        for (int i = 0; i < kept.Length; i++)
        {
            SelfOf(i, rows).narrow(2, 0, before).copy_(kept[i]);
        }
    }

    /// <summary>Brings what depends on the weights up to date, at the same addresses.</summary>
    internal void Refresh()
    {
        if (_all.Length > 0)
        {
            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Bias.copy_(model.DecoderBias(Positions));
        }
    }

    internal EncodingBuffers Encoding(EncodingShape shape)
    {
        using DisposeScope scope = NewDisposeScope();
        return new(
            View(_inputIds, shape.Rows, shape.Source), View(_inputMask, shape.Rows, shape.Source),
            View(_crossBias, shape.Rows, 1, 1, shape.Source),
            [.. Enumerable.Range(0, 2 * _layers).Select(i => Keep(CrossOf(i, shape.Rows, shape.Source)))],
            Keep(_self.alias()));
    }

    internal DecodingBuffers Decoding(DecodingShape shape)
    {
        using DisposeScope scope = NewDisposeScope();
        return new(
            View(_ids, shape.Rows), View(_output, 2, shape.Rows), View(_crossBias, shape.Rows, 1, 1, shape.Source),
            [
                .. Enumerable.Range(0, _layers).Select(layer => new StaticLayerCache(
                    Keep(CrossOf(2 * layer, shape.Rows, shape.Source)), Keep(CrossOf((2 * layer) + 1, shape.Rows, shape.Source)),
                    Keep(SelfOf(2 * layer, shape.Rows)), Keep(SelfOf((2 * layer) + 1, shape.Rows)), Position)),
            ]);
    }

    /// <summary>Starts all rows with one token at position 0.</summary>
    internal void Start(long token)
    {
        using IDisposable noGrad = no_grad();
        using Scalar start = token;
        _ids.fill_(start);
        Position.zero_();
    }

    /// <summary>Replaces the newest token of the rows.</summary>
    internal void SetIds(long[] ids)
    {
        using Tensor own = _ids.narrow(0, 0, ids.Length);
        HostTransfer.Fill(own, ids);
    }

    /// <summary>Moves rows to the front.</summary>
    /// <param name="from">Shape whose rows are moved.</param>
    /// <param name="rows">Their indices, ascending.</param>
    internal void Compact(DecodingShape from, long[] rows)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor chosen = HostTransfer.Send(rows, model.Device);
        void Move(Tensor all) => all.narrow(0, 0, rows.Length).copy_(all.index_select(0, chosen));
        Move(_ids);
        Move(_crossBias.narrow(0, 0, from.Rows * from.Source).view(from.Rows, from.Source));
        for (int i = 0; i < 2 * _layers; i++)
        {
            Move(CrossOf(i, from.Rows, from.Source));
            Move(SelfOf(i, from.Rows));
        }
    }

    public void Dispose() => DisposeAll();

    private void Allocate()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (int rows, int source, int positions) = _capacity;
        Device device = model.Device;
        _inputIds = zeros([rows * source], ScalarType.Int64, device);
        _inputMask = zeros([rows * source], device: device);
        _crossBias = zeros([rows * source], device: device);
        _cross = zeros([2 * _layers, rows * source * KeyRow], _type, device);
        _self = zeros([2 * _layers, rows * positions * KeyRow], _type, device);
        _ids = zeros([rows], ScalarType.Int64, device);
        _output = zeros([2 * rows], device: device);
        Position = zeros([1], ScalarType.Int64, device);
        Bias = model.DecoderBias(positions);
        _all = [_inputIds, _inputMask, _crossBias, _cross, _self, _ids, _output, Position, Bias];
        foreach (Tensor one in _all)
        {
            one.DetachFromDisposeScope();
        }
    }

    private Tensor CrossOf(int part, int rows, int source) => HeadsOf(_cross, part, rows, source);

    private Tensor SelfOf(int part, int rows) => HeadsOf(_self, part, rows, Positions);

    /// <returns>[rows, H, length, d_kv]</returns>
    private Tensor HeadsOf(Tensor all, int part, int rows, int length) =>
        all.select(0, part).narrow(0, 0, rows * length * KeyRow).view(rows, model.Config.NumHeads, length, model.Config.DKv);

    private static Tensor View(Tensor flat, params long[] shape) =>
        Keep(flat.narrow(0, 0, shape.Aggregate(1L, (a, b) => a * b)).view(shape));

    private static Tensor Keep(Tensor view) => view.DetachFromDisposeScope();

    private void DisposeAll()
    {
        foreach (Tensor one in _all)
        {
            one.Dispose();
        }

        _all = [];
    }
}
