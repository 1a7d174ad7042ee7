using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// Decodes beams with steps of fixed shape: each step first moves keys and values to the beams that continue theirs, by an index that
/// lies on the device with tokens and scores.
/// </summary>
/// <param name="model">The model in eval mode; its weights must not change until disposed.</param>
/// <param name="graphs">Graphs of the model.</param>
internal sealed class StaticBeamDecoding(T5 model, ModelGraphs graphs) : IBeamDecoding
{
    private readonly StaticRows _rows = new(model, graphs);

    public void Begin(IReadOnlyList<int[]> inputs, int beams) => _rows.Begin(inputs, beams);

    public BeamCandidates Next(ReadOnlySpan<int> inputs, Beams beams)
    {
        using DisposeScope scope = NewDisposeScope();
        _rows.Prepare(inputs);
        int[] places = new int[inputs.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = _rows.PlaceOf(inputs[i]);
        }

        DecodingBuffers buffers = _rows.Step(own => Load(own, places, beams), Decode);
        double[] output = [.. buffers.Output.cpu().data<double>()];
        int candidates = 2 * _rows.Shape.Beams;
        int all = candidates * _rows.Shape.Rows;
        IEnumerable<double> Of(int start) => places.SelectMany(place => output.Skip(start + (place * candidates)).Take(candidates));
        return new([.. Of(all).Select(score => (float)score)], [.. Of(0).Select(choice => (long)choice)]);
    }

    public void Dispose() => _rows.Dispose();

    /// <summary>Writes the beams of each input in two copies; finished inputs go on with the padding token.</summary>
    private void Load(DecodingBuffers buffers, int[] places, Beams beams)
    {
        (int width, int rows) = (_rows.Shape.Beams, _rows.Shape.DecoderRows);
        long[] rowwise = new long[2 * rows];
        float[] scores = new float[rows];
        Array.Fill(rowwise, model.Config.PadTokenId, 0, rows);
        for (int row = 0; row < rows; row++)
        {
            rowwise[rows + row] = row;
        }

        for (int i = 0; i < beams.Newest.Length; i++)
        {
            int first = places[i / width] * width;
            int row = first + (i % width);
            rowwise[row] = beams.Newest[i];
            rowwise[rows + row] = first + beams.Origins[i];
            scores[row] = beams.Scores[i];
        }

        HostTransfer.Fill(buffers.Rowwise, rowwise);
        HostTransfer.Fill(buffers.Scores, scores);
    }

    private void Decode(DecodingBuffers buffers)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (StaticLayerCache layer in buffers.Layers)
        {
            layer.SelectRows(buffers.Origins);
        }

        int inputs = (int)buffers.CrossBias.shape[0];
        int candidates = (int)(buffers.Output.shape[1] / inputs);
        Tensor sums = _rows.Logits(buffers).log_softmax(-1).Plus(buffers.Scores);                     // [B · beams, V]
        (Tensor best, Tensor choices) = sums.view(inputs, -1).topk(candidates, dim: 1);               // [B, 2 · beams]
        buffers.Output.select(0, 0).copy_(choices.view(-1)); // float64 holds beams · V exactly
        buffers.Output.select(0, 1).copy_(best.view(-1));
        _rows.Advance();
    }
}
