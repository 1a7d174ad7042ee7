using System.Numerics;

namespace DistillStudio.Engine.Batching;

/// <summary>Granularity of <see cref="StaticShape"/>: coarser steps give fewer shapes and more padding.</summary>
/// <param name="Rows">Rows are rounded up to multiples of this.</param>
/// <param name="Tokens">Smallest step of token counts; the step grows with the count, to at most an eighth of it.</param>
/// <param name="Lengths">Smallest step of lengths; the step grows with the length, to at most a quarter of it.</param>
internal sealed record StaticGrid(int Rows, int Tokens, int Lengths)
{
    private const int PartsOfTokens = 8;
    private const int PartsOfLengths = 4;

    /// <summary>Multiples of 16 keep matrix products aligned.</summary>
    internal static StaticGrid Default { get; } = new(4, 128, 16);

    internal int RoundRows(int rows) => Up(rows, Rows);

    internal int RoundTokens(int tokens) => Up(tokens, Math.Max(Tokens, Power(tokens) / PartsOfTokens));

    internal int RoundLength(int length) => Up(length, Math.Max(Lengths, Power(length) / PartsOfLengths));

    private static int Up(int value, int step) => (value + step - 1) / step * step;

    /// <summary>Returns the largest power of two that is at most the value.</summary>
    private static int Power(int value) => value == 0 ? 0 : 1 << BitOperations.Log2((uint)value);
}

/// <summary>
/// Sizes of a batch with padding in every dimension, so that many batches share a shape. Depends only on the batch: a repeated or resumed
/// step has the same shape, and with it the same rounding and the same dropout.
/// </summary>
/// <param name="Rows">Rows; at least one more than the batch has, since padding tokens lie in the last one.</param>
/// <param name="Inputs">Input tokens of all rows.</param>
/// <param name="Targets">Target tokens of all rows.</param>
/// <param name="InputLength">Longest input.</param>
/// <param name="TargetLength">Longest target.</param>
internal sealed record StaticShape(int Rows, int Inputs, int Targets, int InputLength, int TargetLength)
{
    /// <summary>Returns the smallest shape of the grid that holds the batch.</summary>
    internal static StaticShape Of(PackedBatch batch, StaticGrid grid) => Of(
        batch.Rows.Count, batch.InputIds.Length, batch.Targets.Length, batch.Rows.Max(row => row.Tokens.Input.Length),
        batch.Rows.Max(row => row.Tokens.Target.Length), grid);

    /// <inheritdoc cref="Of(PackedBatch, StaticGrid)"/>
    internal static StaticShape Of(int rows, int inputs, int targets, int inputLength, int targetLength, StaticGrid grid) => new(
        grid.RoundRows(rows + 1), grid.RoundTokens(inputs), grid.RoundTokens(targets), grid.RoundLength(Math.Max(1, inputLength)),
        grid.RoundLength(Math.Max(1, targetLength)));
}
