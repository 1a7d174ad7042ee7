using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// Memory of decoding at fixed addresses: inputs, keys and values, the state of the rows. A shape uses the beginning of each buffer. Grows
/// if a shape does not fit, which drops the graphs of the earlier ones.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="graphs">Graphs of the model.</param>
internal sealed class DecodingMemory(T5 model, ModelGraphs graphs) : IDisposable
{
    private readonly int _layers = model.Config.NumDecoderLayers;
    private Dictionary<DecodingPart, Tensor> _all = [];

    /// <summary>Room of the buffers.</summary>
    internal DecodingCapacity Capacity { get; private set; } = DecodingCapacity.Empty(model.Config, model.Precision);

    /// <summary>[1, H, T, T], float32: position bias with the causal mask.</summary>
    internal Tensor Bias => _all[DecodingPart.Bias];

    /// <summary>[1], int64: position of the next token.</summary>
    internal Tensor Position => _all[DecodingPart.Position];

    /// <summary>Bytes of the buffers.</summary>
    internal long Bytes => _all.Values.Sum(buffer => buffer.numel() * buffer.element_size());

    /// <summary>Positions that fit.</summary>
    internal int Positions => Capacity.Positions;

    private Tensor Cross => _all[DecodingPart.Cross];

    private Tensor CrossBias => _all[DecodingPart.CrossBias];

    private Tensor Rowwise => _all[DecodingPart.Rowwise];

    /// <summary>Makes room for a shape; if it did not fit, what the buffers held is lost.</summary>
    internal void Require(DecodingShape shape)
    {
        DecodingCapacity needed = Capacity.With(shape);
        if (needed != Capacity)
        {
            graphs.Cache.Drop(key => key is DecodingShape or EncodingShape);
            DisposeAll();
            Allocate(needed);
        }
    }

    /// <summary>Makes room for twice the positions; the rows keep those so far.</summary>
    /// <param name="shape">Shape in use.</param>
    internal void Extend(DecodingShape shape)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int before = Positions;
        Tensor[] kept = [.. Enumerable.Range(0, 2 * _layers).Select(i => SelfOf(i, shape.DecoderRows).clone())];
        (Tensor cross, Tensor crossBias) = (Cross.clone(), CrossBias.clone());
        (Tensor rowwise, Tensor position) = (Rowwise.clone(), Position.clone());
        Require(shape.Extended());
        Cross.copy_(cross);
        CrossBias.copy_(crossBias);
        Rowwise.copy_(rowwise);
        Position.copy_(position);
        for (int i = 0; i < kept.Length; i++)
        {
            SelfOf(i, shape.DecoderRows).narrow(2, 0, before).copy_(kept[i]);
        }
    }

    /// <summary>Brings what depends on the weights up to date, at the same addresses.</summary>
    internal void Refresh()
    {
        if (_all.Count > 0)
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
            View(_all[DecodingPart.InputIds], shape.Rows, shape.Source), View(_all[DecodingPart.InputMask], shape.Rows, shape.Source),
            View(CrossBias, shape.Rows, 1, 1, shape.Source),
            [.. Enumerable.Range(0, 2 * _layers).Select(i => Keep(CrossOf(i, shape.Rows, shape.Source)))],
            Keep(_all[DecodingPart.Self].alias()));
    }

    internal DecodingBuffers Decoding(DecodingShape shape)
    {
        using DisposeScope scope = NewDisposeScope();
        int rows = shape.DecoderRows;
        return new(
            Keep(Rowwise.narrow(0, 0, 2 * rows)), Keep(Rowwise.narrow(0, 0, rows)), Keep(Rowwise.narrow(0, rows, rows)),
            View(_all[DecodingPart.Scores], rows, 1), View(_all[DecodingPart.Output], 2, (shape.Beams == 1 ? 1 : 2) * rows),
            View(CrossBias, shape.Rows, 1, 1, shape.Source),
            [
                .. Enumerable.Range(0, _layers).Select(layer => new StaticLayerCache(
                    Keep(CrossOf(2 * layer, shape.Rows, shape.Source)), Keep(CrossOf((2 * layer) + 1, shape.Rows, shape.Source)),
                    Keep(SelfOf(2 * layer, rows)), Keep(SelfOf((2 * layer) + 1, rows)), Position)),
            ]);
    }

    /// <summary>Starts all rows with one token at position 0.</summary>
    internal void Start(long token)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar start = token.ToScalar();
        Rowwise.fill_(start);
        Position.zero_();
    }

    /// <summary>Replaces the newest token of the rows.</summary>
    internal void SetIds(long[] ids)
    {
        using Tensor own = Rowwise.narrow(0, 0, ids.Length);
        HostTransfer.Fill(own, ids);
    }

    /// <summary>Moves inputs and their decoder rows to the front.</summary>
    /// <param name="from">Shape whose inputs are moved.</param>
    /// <param name="inputs">Their places, ascending.</param>
    internal void Compact(DecodingShape from, int[] inputs)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor chosen = HostTransfer.Send([.. inputs.Select(input => (long)input)], model.Device);
        Tensor chosenRows = from.Beams == 1 ? chosen : HostTransfer.Send(
            [.. inputs.SelectMany(input => Enumerable.Range(input * from.Beams, from.Beams), (_, row) => (long)row)], model.Device);
        static void Move(Tensor all, Tensor chosen) => all.narrow(0, 0, chosen.numel()).copy_(all.index_select(0, chosen));
        Move(Rowwise.narrow(0, 0, from.DecoderRows), chosenRows);
        Move(CrossBias.narrow(0, 0, from.Rows * from.Source).view(from.Rows, from.Source), chosen);
        for (int i = 0; i < 2 * _layers; i++)
        {
            Move(CrossOf(i, from.Rows, from.Source), chosen);
            Move(SelfOf(i, from.DecoderRows), chosenRows);
        }
    }

    public void Dispose() => DisposeAll();

    private void Allocate(DecodingCapacity capacity)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var all = Enum.GetValues<DecodingPart>().ToDictionary(part => part, part => Zeros(capacity.PlanOf(part)));
        foreach (Tensor buffer in all.Values)
        {
            Keep(buffer); // once all are there: what was allocated before memory ran out goes with the scope
        }

        _all = all;
        Capacity = capacity;
        Refresh();
    }

    private Tensor Zeros(BufferPlan buffer) => zeros(buffer.Shape, buffer.Type, model.Device);

    private Tensor CrossOf(int part, int rows, int source) => HeadsOf(Cross, part, rows, source);

    private Tensor SelfOf(int part, int rows) => HeadsOf(_all[DecodingPart.Self], part, rows, Positions);

    /// <returns>[rows, H, length, d_kv]</returns>
    private Tensor HeadsOf(Tensor all, int part, int rows, int length) =>
        all.select(0, part).narrow(0, 0, rows * length * Capacity.KeyRow)
            .view(rows, model.Config.NumHeads, length, model.Config.DKv);

    private static Tensor View(Tensor flat, params long[] shape) =>
        Keep(flat.narrow(0, 0, shape.Aggregate(1L, (a, b) => a * b)).view(shape));

    private static Tensor Keep(Tensor view) => view.DetachFromDisposeScope();

    private void DisposeAll()
    {
        foreach (Tensor one in _all.Values)
        {
            one.Dispose();
        }

        _all = [];
        Capacity = DecodingCapacity.Empty(model.Config, model.Precision);
    }
}
