using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>
/// Caches what the decoder reuses during generation: the keys and values of the positions so far (N rows, that is B times the beams), and
/// the cross-attention keys and values of the encoder's output (B rows). Owns its tensors.
/// </summary>
public sealed class DecoderCache : IDisposable
{
    internal DecoderCache(IEnumerable<(Tensor Keys, Tensor Values)> cross, Tensor crossBias)
    {
        Layers = [.. cross.Select(layer => new LayerCache(layer.Keys, layer.Values))];
        CrossBias = crossBias.alias().DetachFromDisposeScope();
    }

    /// <summary>Number of cached positions.</summary>
    public int Length { get; internal set; }

    internal IReadOnlyList<LayerCache> Layers { get; }

    /// <summary>[B, 1, 1, S]</summary>
    internal Tensor CrossBias { get; private set; }

    /// <summary>Selects and reorders the decoder rows.</summary>
    /// <param name="rows">Indices into the N decoder rows, int64; may repeat a row.</param>
    public void SelectRows(Tensor rows)
    {
        foreach (LayerCache layer in Layers)
        {
            layer.SelectRows(rows);
        }
    }

    /// <summary>Keeps only the selected encoder rows. The decoder rows are unchanged.</summary>
    /// <param name="rows">Indices of the B encoder rows to keep, int64.</param>
    public void SelectEncoderRows(Tensor rows)
    {
        CrossBias = LayerCache.Replace(CrossBias, CrossBias.index_select(0, rows));
        foreach (LayerCache layer in Layers)
        {
            layer.SelectEncoderRows(rows);
        }
    }

    public void Dispose()
    {
        CrossBias.Dispose();
        foreach (LayerCache layer in Layers)
        {
            layer.Dispose();
        }
    }
}

/// <summary>Keys and values that one decoder layer reuses during generation.</summary>
internal interface ILayerCache
{
    /// <summary>[B, H, S, d_kv]</summary>
    Tensor CrossKeys { get; }

    /// <summary>[B, H, S, d_kv]</summary>
    Tensor CrossValues { get; }

    /// <summary>Adds the newest position.</summary>
    /// <param name="keys">[N, H, 1, d_kv]</param>
    /// <param name="values">[N, H, 1, d_kv]</param>
    /// <returns>All positions, [N, H, K, d_kv]; owned by the cache.</returns>
    (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values);
}

/// <summary>Cache of one layer in a <see cref="DecoderCache"/>; grows with the positions.</summary>
internal sealed class LayerCache(Tensor crossKeys, Tensor crossValues) : ILayerCache, IDisposable
{
    private Tensor? _keys;   // [N, H, K, d_kv]
    private Tensor? _values; // [N, H, K, d_kv]

    public Tensor CrossKeys { get; private set; } = crossKeys.contiguous().DetachFromDisposeScope();

    public Tensor CrossValues { get; private set; } = crossValues.contiguous().DetachFromDisposeScope();

    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        _keys = Replace(_keys, _keys is null ? keys.contiguous() : cat([_keys, keys], 2));
        _values = Replace(_values, _values is null ? values.contiguous() : cat([_values, values], 2));
        return (_keys, _values);
    }

    internal void SelectRows(Tensor rows)
    {
        _keys = Replace(_keys, _keys?.index_select(0, rows));
        _values = Replace(_values, _values?.index_select(0, rows));
    }

    internal void SelectEncoderRows(Tensor rows)
    {
        CrossKeys = Replace(CrossKeys, CrossKeys.index_select(0, rows));
        CrossValues = Replace(CrossValues, CrossValues.index_select(0, rows));
    }

    /// <summary>Detaches <paramref name="fresh"/> from the dispose scope of its step, and disposes the tensor that it replaces.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(fresh))]
    internal static Tensor? Replace(Tensor? old, Tensor? fresh)
    {
        old?.Dispose();
        return fresh?.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
        CrossKeys.Dispose();
        CrossValues.Dispose();
    }
}
