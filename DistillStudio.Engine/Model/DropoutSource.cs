using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>
/// Supplies dropout to the modules of one T5: from libtorch's generator, or from masks that are shared with another backend.
/// </summary>
internal sealed class DropoutSource(double rate)
{
    private Shared? _shared;

    private sealed record Shared(ulong Seed, ulong[] SourceKeys, ulong[] TargetKeys);

    /// <summary>Derives masks from the seed until the returned object is disposed. Requires the CPU.</summary>
    /// <param name="seed">Seed of the step.</param>
    /// <param name="batch">Batch whose tokens dropout applies to.</param>
    internal IDisposable Share(ulong seed, PackedBatch batch) =>
        Share(seed, batch.KeysOf(batch.InputStarts), batch.KeysOf(batch.TargetStarts));

    /// <inheritdoc cref="Share(ulong, PackedBatch)"/>
    /// <param name="sourceKeys">[input tokens]: mask key of each token.</param>
    /// <param name="targetKeys">[target tokens]: mask key of each token.</param>
    internal IDisposable Share(ulong seed, ulong[] sourceKeys, ulong[] targetKeys)
    {
        _shared = new(seed, sourceKeys, targetKeys);
        return new Sharing(this);
    }

    /// <summary>Own kernels, used while <see cref="ShareOnDevice"/> gives them masks; null for none.</summary>
    internal IFusedOperations? Operations { get; set; }

    /// <summary>What computes fused parts of the model at the moment; null if libtorch's operators do.</summary>
    internal T5Kernels? Kernels { get; private set; }

    /// <summary>Derives masks on the device, and computes by <see cref="Operations"/>, until the returned object is disposed.</summary>
    /// <param name="masks">Of the batch that is computed.</param>
    internal IDisposable ShareOnDevice(DeviceMasks masks)
    {
        Kernels = new(Operations ?? throw new InvalidOperationException("The model has no kernels."), rate, masks);
        return new Sharing(this);
    }

    /// <summary>Zeroes a fraction of the elements and scales the rest; the identity outside training.</summary>
    /// <param name="x">[..., W]; with shared masks [N, W], the tokens of a packed batch.</param>
    /// <param name="site">Site number from <see cref="DropoutSites"/>.</param>
    /// <param name="training">Whether the module is in train mode.</param>
    internal Tensor Apply(Tensor x, uint site, bool training) => (training && rate > 0, _shared, Kernels) switch
    {
        (false, _, _) => x,
        (true, _, { } kernels) => kernels.Drop(x, site),
        (true, null, _) => nn.functional.dropout(x, rate, training: true),
        (true, { } shared, _) => MultiplyTokens(x, shared, site),
    };

    /// <summary>Applies dropout to attention weights, which own kernels do by themselves.</summary>
    /// <param name="weights">[B, H, Q, K]</param>
    /// <param name="site">Site number from <see cref="DropoutSites"/>.</param>
    /// <param name="training">Whether the module is in train mode.</param>
    /// <param name="sequences">[B]: mask key of each row; null if masks are not shared.</param>
    /// <param name="type">Type of the result.</param>
    internal Tensor ApplyToAttentionWeights(Tensor weights, uint site, bool training, uint[]? sequences, ScalarType type) =>
        (training && rate > 0, _shared) switch
        {
            (false, _) => weights.to(type),
            (true, null) => nn.functional.dropout(weights, rate, training: true).to(type),
            (true, { } shared) => MultiplyAttentionWeights(weights, shared, site, sequences!).to(type),
        };

    private Tensor MultiplyAttentionWeights(Tensor weights, Shared shared, uint site, uint[] sequences)
    {
        (int heads, int queries) = ((int)weights.shape[1], (int)weights.shape[2]);
        return Multiply(weights, shared, site, sequences.Length * heads * queries, row =>
            RowKeys.OfAttention(sequences[row / (heads * queries)], row / queries % heads, row % queries));
    }

    private Tensor MultiplyTokens(Tensor x, Shared shared, uint site)
    {
        ulong[] keys = DropoutSites.IsDecoder(site) ? shared.TargetKeys : shared.SourceKeys;
        return Multiply(x, shared, site, keys.Length, row => keys[row]);
    }

    /// <param name="rows">Product of all dimensions but the last.</param>
    /// <param name="keyOf">Returns the mask key of a row, which is unique.</param>
    private unsafe Tensor Multiply(Tensor x, Shared shared, uint site, int rows, Func<int, ulong> keyOf)
    {
        const int RowsAPart = 64;
        Tensor factors = empty(x.shape);
        nint address = TensorMemory.AddressOf(factors);
        int width = (int)x.shape[^1];
        var mask = new DropoutMask(shared.Seed, site, rate);
        ParallelTeam.Run((rows + RowsAPart - 1) / RowsAPart, (part, _) =>
        {
            for (int i = part * RowsAPart; i < Math.Min(rows, (part + 1) * RowsAPart); i++)
            {
                RowMask row = mask.Row(keyOf(i));
                for (int column = 0; column < width; column += Lanes.Count)
                {
                    RowEnds.Store<Float32Format>((void*)address, ((long)i * width) + column, width - column, row.Factors(column));
                }
            }
        });
        return x * factors.to(x.dtype);
    }

    private sealed class Sharing(DropoutSource source) : IDisposable
    {
        public void Dispose() => (source._shared, source.Kernels) = (null, null);
    }
}
