using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model;

/// <summary>Where the modules of one T5 take their dropout from: libtorch's generator, or masks that another way of computing the step drops by as well.</summary>
internal sealed class DropoutSource(double rate)
{
    private (ulong Seed, uint[] Sequences)? _shared;

    /// <summary>Until disposed, masks follow from the seed. Needs the CPU.</summary>
    /// <param name="seed">Of the step.</param>
    /// <param name="sequences">What tells the rows of all batches apart.</param>
    internal IDisposable Share(ulong seed, uint[] sequences)
    {
        _shared = (seed, sequences);
        return new Sharing(this);
    }

    /// <summary>Zeroes a share of the elements and scales the rest; the identity outside training.</summary>
    /// <param name="x">[B, L, W], or shares of attention [B, H, Q, K]</param>
    /// <param name="site">Of <see cref="DropoutSites"/>.</param>
    /// <param name="training">Whether the module trains.</param>
    internal Tensor Apply(Tensor x, uint site, bool training) => (training && rate > 0, _shared) switch
    {
        (false, _) => x,
        (true, null) => nn.functional.dropout(x, rate, training: true),
        (true, { } shared) => x * Factors(x.shape, new DropoutMask(shared.Seed, site, rate), shared.Sequences).to(x.dtype),
    };

    private static unsafe Tensor Factors(long[] shape, DropoutMask mask, uint[] sequences)
    {
        Tensor factors = empty(shape);
        nint address = TensorMemory.AddressOf(factors);
        int width = (int)shape[^1];
        int positions = (int)shape[^2];
        int heads = shape.Length == 4 ? (int)shape[1] : 0;
        int rowsPerSequence = positions * Math.Max(1, heads);
        Team.Run(sequences.Length, (sequence, _) =>
        {
            for (int i = 0; i < rowsPerSequence; i++)
            {
                RowMask row = mask.Row(heads == 0
                    ? RowKeys.OfToken(sequences[sequence], i)
                    : RowKeys.OfAttention(sequences[sequence], i / positions, i % positions));
                long start = (((long)sequence * rowsPerSequence) + i) * width;
                for (int column = 0; column < width; column += Lanes.Count)
                {
                    RowEnds.Store<Float32Format>((void*)address, start + column, width - column, row.Factors(column));
                }
            }
        });
        return factors;
    }

    private sealed class Sharing(DropoutSource source) : IDisposable
    {
        public void Dispose() => source._shared = null;
    }
}
