using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Batching;

/// <summary>An input sequence and a target sequence.</summary>
/// <param name="Tokens">Both sequences, including the closing <c>&lt;/s&gt;</c>.</param>
/// <param name="Stream">Index of the task within the method.</param>
/// <param name="Weight">Weight of each target token's loss in the objective.</param>
/// <param name="Sequence">Separates its dropout masks from those of all other sequences in the same step.</param>
public sealed record PackedRow(TokenPair Tokens, int Stream, float Weight, uint Sequence);

/// <summary>Stores rows of unequal length end to end, without padding.</summary>
public sealed class PackedBatch
{
    /// <param name="rows">At least one.</param>
    /// <param name="decoderStart">Id of the decoder's start token.</param>
    public PackedBatch(IReadOnlyList<PackedRow> rows, int decoderStart)
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
                DecoderIds[start] = decoderStart;
                target.AsSpan(0, target.Length - 1).CopyTo(DecoderIds.AsSpan(start + 1));
                Weights.AsSpan(start, target.Length).Fill(rows[row].Weight);
            }
        }
    }

    public IReadOnlyList<PackedRow> Rows { get; }

    /// <summary>Indices of the rows that are label and rationale of the same example, for the loss between them; empty for none.</summary>
    public IReadOnlyList<(int Label, int Rationale)> Pairs { get; init; } = [];

    /// <summary>Weight of each pair's loss in the objective.</summary>
    public float PairWeight { get; init; }

    /// <summary>[rows]</summary>
    public uint[] Sequences { get; }

    /// <summary>[rows + 1]: start of each row's input.</summary>
    public int[] InputStarts { get; }

    /// <summary>[rows + 1]: start of each row's target.</summary>
    public int[] TargetStarts { get; }

    public int[] InputIds { get; }

    /// <summary>Decoder inputs for training: for each row the start token, then all target tokens but the last.</summary>
    public int[] DecoderIds { get; }

    public int[] Targets { get; }

    /// <summary>Loss weight of each target token.</summary>
    public float[] Weights { get; }

    /// <summary>Returns the dropout key of each token.</summary>
    internal ulong[] KeysOf(int[] starts)
    {
        ulong[] keys = new ulong[starts[^1]];
        WriteKeys(starts, keys);
        return keys;
    }

    /// <summary>Writes the dropout key of each token into existing memory.</summary>
    /// <param name="starts">Starts of the inputs or of the targets.</param>
    /// <param name="keys">Receives one key per token.</param>
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
