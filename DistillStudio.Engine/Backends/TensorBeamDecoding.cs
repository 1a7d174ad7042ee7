using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>Decodes beams with libtorch; supports every device and every T5.</summary>
/// <param name="model">The model in eval mode; several of its decodings may run at a time.</param>
internal sealed class TensorBeamDecoding(T5 model) : IBeamDecoding
{
    private DecoderCache? _cache;
    private int[] _batch = []; // input of each encoder row of the cache
    private int _beams;

    public void Begin(IReadOnlyList<int[]> inputs, int beams)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using InputBatch batch = InputBatch.Create(inputs, model.Config.PadTokenId, model.Device);
        _cache?.Dispose();
        _cache = model.StartDecoding(model.Encode(batch.Ids, batch.Mask), batch.Mask);
        _batch = [.. Enumerable.Range(0, inputs.Count)];
        _beams = beams;
    }

    public BeamCandidates Next(ReadOnlySpan<int> inputs, Beams beams)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        SelectRows(inputs, beams.Origins);
        long[] newest = [.. beams.Newest.Select(id => (long)id)];
        Tensor hidden = model.DecodeNext(tensor(newest, device: model.Device), _cache!);                      // [B · beams, D]
        Tensor before = tensor(beams.Scores, [beams.Scores.Length, 1], device: model.Device);
        Tensor sums = model.Logits(hidden).log_softmax(-1).Plus(before);                                      // [B · beams, V]
        (Tensor best, Tensor choices) = sums.view(inputs.Length, -1).topk(2 * _beams, dim: 1);                // [B, 2 · beams]
        return new([.. best.cpu().data<float>()], [.. choices.cpu().data<long>()]);
    }

    public void Dispose() => _cache?.Dispose();

    /// <summary>Reorders the cache's rows to match the beams, and removes those of omitted inputs.</summary>
    private void SelectRows(ReadOnlySpan<int> inputs, int[] origins)
    {
        if (_cache!.Length == 0)
        {
            return; // all beams are equal, and none has been omitted
        }

        long[] places = new long[inputs.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = Array.IndexOf(_batch, inputs[i]);
        }

        long[] rows = [.. origins.Select((origin, i) => (places[i / _beams] * _beams) + origin)];
        _cache.SelectRows(tensor(rows, device: model.Device));
        if (inputs.Length < _batch.Length)
        {
            _cache.SelectEncoderRows(tensor(places, device: model.Device));
            _batch = inputs.ToArray();
        }
    }
}
