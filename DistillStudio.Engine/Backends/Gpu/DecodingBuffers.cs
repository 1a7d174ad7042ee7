using DistillStudio.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>Views of the memory that encoding inputs of one shape uses.</summary>
/// <param name="Ids">[B, S], int64</param>
/// <param name="Mask">[B, S]</param>
/// <param name="CrossBias">[B, 1, 1, S]</param>
/// <param name="Cross">[2 · layers] of [B, H, S, d_kv]: each layer's keys, then its values.</param>
/// <param name="Self">Keys and values of the decoder's positions, all of them.</param>
internal sealed record EncodingBuffers(Tensor Ids, Tensor Mask, Tensor CrossBias, Tensor[] Cross, Tensor Self) : IDisposable
{
    public void Dispose()
    {
        foreach (Tensor view in (Tensor[])[Ids, Mask, CrossBias, .. Cross, Self])
        {
            view.Dispose();
        }
    }
}

/// <summary>Views of the memory that a decoding step of one shape uses.</summary>
/// <param name="Rowwise">[2 · N], int64: <paramref name="Ids"/>, then <paramref name="Origins"/>.</param>
/// <param name="Ids">[N], int64: the newest token of each decoder row.</param>
/// <param name="Origins">[N], int64: the decoder row that each continues; beam search only.</param>
/// <param name="Scores">[N, 1], float32: log probability of each beam; beam search only.</param>
/// <param name="Output">[2, N], float64: the token after each row, and its log probability. In beam search [2, B · 2 · beams]: the
/// continuations of each input, and their log probabilities.</param>
/// <param name="CrossBias">[B, 1, 1, S]</param>
/// <param name="Layers">Keys and values of each layer.</param>
internal sealed record DecodingBuffers(
    Tensor Rowwise, Tensor Ids, Tensor Origins, Tensor Scores, Tensor Output, Tensor CrossBias, StaticLayerCache[] Layers) : IDisposable
{
    public void Dispose()
    {
        foreach (Tensor view in (Tensor[])[Rowwise, Ids, Origins, Scores, Output, CrossBias])
        {
            view.Dispose();
        }

        foreach (StaticLayerCache layer in Layers)
        {
            layer.Dispose();
        }
    }
}

/// <summary>Keys and values of one layer, of fixed size.</summary>
/// <param name="crossKeys">[B, H, S, d_kv]</param>
/// <param name="crossValues">[B, H, S, d_kv]</param>
/// <param name="keys">[N, H, T, d_kv]</param>
/// <param name="values">[N, H, T, d_kv]</param>
/// <param name="position">[1], int64: where a new position is written; not disposed.</param>
internal sealed class StaticLayerCache(Tensor crossKeys, Tensor crossValues, Tensor keys, Tensor values, Tensor position)
    : ILayerCache, IDisposable
{
    public Tensor CrossKeys => crossKeys;

    public Tensor CrossValues => crossValues;

    /// <summary>Replaces each row by another, or by itself.</summary>
    /// <param name="rows">[N], int64</param>
    internal void SelectRows(Tensor rows)
    {
        foreach (Tensor all in (ReadOnlySpan<Tensor>)[keys, values])
        {
            using Tensor selected = all.index_select(0, rows);
            all.copy_(selected);
        }
    }

    /// <returns>All positions, also the later ones, which a mask has to exclude.</returns>
    (Tensor Keys, Tensor Values) ILayerCache.Append(Tensor newKeys, Tensor newValues)
    {
        keys.index_copy_(2, position, newKeys);
        values.index_copy_(2, position, newValues);
        return (keys, values);
    }

    public void Dispose()
    {
        crossKeys.Dispose();
        crossValues.Dispose();
        keys.Dispose();
        values.Dispose();
    }
}
