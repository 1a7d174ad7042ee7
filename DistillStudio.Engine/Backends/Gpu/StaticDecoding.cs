using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>Decodes greedily with steps of fixed shape; position and newest tokens lie on the device.</summary>
/// <param name="model">The model in eval mode; its weights must not change until disposed.</param>
/// <param name="graphs">Graphs of the model.</param>
internal sealed class StaticDecoding(T5 model, ModelGraphs graphs) : IDecoding
{
    private readonly StaticRows _rows = new(model, graphs);
    private int[] _newest = []; // token of each row on the device

    public bool IsDivisible => false;

    /// <inheritdoc/>
    /// <remarks>Encodes all inputs together: they share one memory.</remarks>
    public void Begin(IReadOnlyList<int[]> inputs, int together)
    {
        _rows.Begin(inputs, beams: 1);
        _newest = [.. Enumerable.Repeat(model.Config.DecoderStartTokenId, inputs.Count)];
    }

    public IRowDecoding Open(int first, int count) => new AllRows(Next);

    public void Dispose() => _rows.Dispose();

    private int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities)
    {
        using DisposeScope scope = NewDisposeScope();
        if (_rows.Prepare(rows) is { } kept)
        {
            _newest = [.. kept.Select(place => _newest[place])];
        }

        int[] places = Place(rows, newest);
        DecodingBuffers buffers = _rows.Step(_ => { }, Decode);
        double[] output = [.. buffers.Output.cpu().data<double>()];
        _newest = [.. Enumerable.Range(0, _newest.Length).Select(i => (int)output[i])];
        for (int i = 0; i < places.Length && !logProbabilities.IsEmpty; i++)
        {
            logProbabilities[i] = (float)output[_rows.Shape.Rows + places[i]];
        }

        return [.. places.Select(place => _newest[place])];
    }

    private void Decode(DecodingBuffers buffers)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = _rows.Logits(buffers);                                                               // [N, V]
        Tensor likeliest = logits.argmax(-1);                                                                // [N]
        buffers.Output.select(0, 0).copy_(likeliest);
        buffers.Output.select(0, 1).copy_(logits.log_softmax(-1).gather(1, likeliest.unsqueeze(1)).view(-1));
        buffers.Ids.copy_(likeliest);
        _rows.Advance();
    }

    /// <summary>Returns the place of each row, and corrects tokens on the device that differ from the caller's.</summary>
    private int[] Place(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest)
    {
        int[] places = new int[rows.Length];
        bool differs = false;
        for (int i = 0; i < rows.Length; i++)
        {
            places[i] = _rows.PlaceOf(rows[i]);
            differs |= _newest[places[i]] != newest[i];
            _newest[places[i]] = newest[i];
        }

        if (differs)
        {
            _rows.Memory.SetIds([.. _newest.Select(id => (long)id)]);
        }

        return places;
    }
}
