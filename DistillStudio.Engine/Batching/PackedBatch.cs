using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Kernels;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Batching;

/// <summary>One sequence to read and one to write.</summary>
/// <param name="Tokens">Both with their closing <c>&lt;/s&gt;</c>.</param>
/// <param name="Stream">Which of the recipe's tasks it is.</param>
/// <param name="Weight">Of each target token's loss in what is minimised.</param>
/// <param name="Sequence">Tells its dropout from that of all others in the same step.</param>
public sealed record PackedRow(TokenPair Tokens, int Stream, float Weight, uint Sequence);

/// <summary>Rows of unequal length laid end to end, so that nothing is padding.</summary>
public sealed class PackedBatch
{
    /// <param name="rows">At least one.</param>
    /// <param name="config">Says what the decoder reads first.</param>
    public PackedBatch(IReadOnlyList<PackedRow> rows, T5Config config)
    {
        Rows = rows;
        Sequences = new uint[rows.Count];
        InputStarts = new int[rows.Count + 1];
        TargetStarts = new int[rows.Count + 1];
        for (int row = 0; row < rows.Count; row++)
        {
            Sequences[row] = rows[row].Sequence;
            InputStarts[row + 1] = InputStarts[row] + rows[row].Tokens.Input.Length;
            TargetStarts[row + 1] = TargetStarts[row] + rows[row].Tokens.Target.Length;
        }

        InputIds = new int[InputStarts[^1]];
        Targets = new int[TargetStarts[^1]];
        DecoderIds = new int[Targets.Length];
        Weights = new float[Targets.Length];
        for (int row = 0; row < rows.Count; row++)
        {
            (int start, int[] target) = (TargetStarts[row], rows[row].Tokens.Target);
            rows[row].Tokens.Input.CopyTo(InputIds, InputStarts[row]);
            target.CopyTo(Targets, start);
            if (target.Length > 0)
            {
                DecoderIds[start] = config.DecoderStartTokenId;
                target.AsSpan(0, target.Length - 1).CopyTo(DecoderIds.AsSpan(start + 1));
                Weights.AsSpan(start, target.Length).Fill(rows[row].Weight);
            }
        }
    }

    public IReadOnlyList<PackedRow> Rows { get; }

    /// <summary>[rows]</summary>
    public uint[] Sequences { get; }

    /// <summary>[rows + 1]: where each row's input begins.</summary>
    public int[] InputStarts { get; }

    /// <summary>[rows + 1]: where each row's target begins.</summary>
    public int[] TargetStarts { get; }

    public int[] InputIds { get; }

    /// <summary>What the decoder reads while it learns to write the targets: of each row the start token, then all but its last.</summary>
    public int[] DecoderIds { get; }

    public int[] Targets { get; }

    /// <summary>Of each target.</summary>
    public float[] Weights { get; }

    /// <summary>What tells the tokens' dropout masks apart.</summary>
    internal ulong[] KeysOf(int[] starts)
    {
        ulong[] keys = new ulong[starts[^1]];
        WriteKeys(starts, keys);
        return keys;
    }

    /// <summary>The same into memory that is there.</summary>
    /// <param name="starts">Of the inputs or of the targets.</param>
    /// <param name="keys">Takes one a token.</param>
    internal void WriteKeys(int[] starts, Span<ulong> keys)
    {
        for (int sequence = 0; sequence < Sequences.Length; sequence++)
        {
            for (int row = starts[sequence]; row < starts[sequence + 1]; row++)
            {
                keys[row] = RowKeys.OfToken(Sequences[sequence], row - starts[sequence]);
            }
        }
    }
}
