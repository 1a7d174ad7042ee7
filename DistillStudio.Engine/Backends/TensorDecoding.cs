using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends;

/// <summary>Decodes with libtorch; supports every device and every T5.</summary>
/// <param name="model">The model in eval mode.</param>
internal sealed class TensorDecoding(T5 model) : IDecoding
{
    private readonly IDisposable _operands = model.CacheWeightCasts();
    private DecoderCache? _cache;
    private int[] _batch = []; // input index of each row of the cache

    public bool IsDivisible => false;

    /// <inheritdoc/>
    /// <remarks>Encodes all inputs together: they share one cache.</remarks>
    public void Begin(IReadOnlyList<int[]> inputs, int together)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using InputBatch batch = InputBatch.Create(inputs, model.Config.PadTokenId, model.Device);
        _cache?.Dispose();
        _cache = model.StartDecoding(model.Encode(batch.Ids, batch.Mask), batch.Mask);
        _batch = [.. Enumerable.Range(0, inputs.Count)];
    }

    public IRowDecoding Open(int first, int count) => new AllRows(Next);

    private int[] Next(ReadOnlySpan<int> rows, ReadOnlySpan<int> newest, Span<float> logProbabilities)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        DropRows(rows);
        int[] places = new int[rows.Length];
        long[] tokens = new long[_batch.Length];
        Array.Fill(tokens, model.Config.PadTokenId);
        for (int i = 0; i < rows.Length; i++)
        {
            places[i] = Array.IndexOf(_batch, rows[i]);
            tokens[places[i]] = newest[i];
        }

        Tensor hidden = model.DecodeNext(tensor(tokens, device: model.Device), _cache!);       // [N, D]
        Tensor logits = model.Logits(hidden);                                                   // [N, V]
        Tensor likeliest = logits.argmax(-1);                                                  // [N]
        long[] ids = [.. likeliest.cpu().data<long>()];
        if (!logProbabilities.IsEmpty)
        {
            Tensor chosen = logits.to(ScalarType.Float32).log_softmax(-1).gather(1, likeliest.unsqueeze(1)); // [N, 1]
            float[] values = [.. chosen.cpu().data<float>()];
            for (int i = 0; i < places.Length; i++)
            {
                logProbabilities[i] = values[places[i]];
            }
        }

        return [.. places.Select(place => (int)ids[place])];
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _operands.Dispose();
    }

    /// <summary>Drops finished rows. This copies the rest of the cache, so it is deferred until it reduces the total cost.</summary>
    private void DropRows(ReadOnlySpan<int> rows)
    {
        if ((_batch.Length - rows.Length) * 4 < _batch.Length || rows.Length == _batch.Length)
        {
            return;
        }

        long[] kept = new long[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            kept[i] = Array.IndexOf(_batch, rows[i]);
        }

        Tensor chosen = tensor(kept, device: model.Device);
        _cache!.SelectRows(chosen);
        _cache.SelectEncoderRows(chosen);
        _batch = rows.ToArray();
    }
}
