using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Batching;

/// <summary>Neighbouring rows of a packed batch as attention needs them: each padded to the longest, and the way there and back.</summary>
/// <param name="First">Where the rows' first token lies in the packed batch.</param>
/// <param name="Tokens">How many tokens the rows have together.</param>
/// <param name="Rows">How many rows there are.</param>
/// <param name="Length">Tokens of the longest.</param>
/// <param name="Sequences">[Rows]: what tells the rows' dropout apart.</param>
/// <param name="Places">[Tokens], int64: where in [Rows · Length] each token goes; null where no row is padded.</param>
/// <param name="Bias">[Rows, 1, 1, Length], float32: added to the scores of these rows as keys, the lowest finite number for padding; null where no row is padded.</param>
internal sealed record PaddedRows(long First, long Tokens, long Rows, long Length, uint[] Sequences, Tensor? Places, Tensor? Bias)
{
    /// <param name="packed">[all tokens, W]</param>
    /// <returns>[Rows, Length, W], zeros where there is no token. Its way back is a plain selection, which no two tokens share.</returns>
    internal Tensor Pad(Tensor packed)
    {
        long width = packed.shape[1];
        Tensor own = Tokens == packed.shape[0] ? packed : packed.narrow(0, First, Tokens);
        return (Places is null ? own : zeros([Rows * Length, width], packed.dtype, packed.device).index_copy_(0, Places, own)).view(Rows, Length, width);
    }

    /// <param name="padded">[Rows, Length, W]</param>
    /// <returns>[Tokens, W]</returns>
    internal Tensor Unpad(Tensor padded)
    {
        Tensor flat = padded.view(Rows * Length, padded.shape[2]);
        return Places is null ? flat : flat.index_select(0, Places);
    }
}

/// <summary>One product of queries with keys.</summary>
/// <param name="Queries">Of these rows.</param>
/// <param name="Keys">The same rows, or in cross-attention their inputs.</param>
/// <param name="Bias">Broadcasts to [Rows, H, Queries.Length, Keys.Length], float32.</param>
internal sealed record AttentionSpan(PaddedRows Queries, PaddedRows Keys, Tensor Bias);
