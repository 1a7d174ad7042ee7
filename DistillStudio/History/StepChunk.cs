using System.Runtime.InteropServices;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;

namespace DistillStudio.History;

/// <summary>
/// Up to <see cref="Capacity"/> consecutive steps of one run, stored by column. Filled by one thread at a time; immutable once full.
/// </summary>
internal sealed class StepChunk
{
    public const int Capacity = 512;

    /// <summary>Values by <see cref="StepColumn.Index"/>; null for a column that was not read from the database.</summary>
    private readonly double[]?[] _columns;

    /// <summary>Creates a chunk without steps.</summary>
    public StepChunk()
        : this([.. StepColumn.All.Select(_ => new double[Capacity])], 0, StepParts.All)
    {
    }

    private StepChunk(double[]?[] columns, int count, StepParts parts) => (_columns, Count, Parts) = (columns, count, parts);

    public int Count { get; private set; }

    /// <summary>The parts whose columns are here.</summary>
    public StepParts Parts { get; }

    public bool IsFull => Count == Capacity;

    /// <summary>Marks a missing value: a NaN payload that no calculation produces.</summary>
    public static double Missing { get; } = BitConverter.UInt64BitsToDouble(0x7FF8_5354_5544_494F);

    /// <summary>
    /// Stands for each column of which every value is missing. Declared after <see cref="Missing"/>, whose value it takes.
    /// </summary>
    private static double[] NoValues { get; } = [.. Enumerable.Repeat(Missing, Capacity)];

    public static bool IsMissing(double value) => BitConverter.DoubleToUInt64Bits(value) == BitConverter.DoubleToUInt64Bits(Missing);

    /// <summary>The column's <see cref="Count"/> values.</summary>
    /// <exception cref="InvalidOperationException">The column is in none of the <see cref="Parts"/>.</exception>
    public ReadOnlySpan<double> this[StepColumn column] =>
        (_columns[column.Index] ?? throw new InvalidOperationException($"The column {column} was not read.")).AsSpan(0, Count);

    /// <param name="step">The event.</param>
    /// <param name="elapsed">Elapsed seconds of the run, including evaluations.</param>
    public void Add(StepCompleted step, double elapsed)
    {
        int row = Count;
        foreach (StepColumn column in StepColumn.All)
        {
            _columns[column.Index]![row] = column.Read(step, elapsed) ?? Missing;
        }

        Count = row + 1;
    }

    public StepCompleted EventAt(int row) => StepColumn.ToStep(column => this[column][row] is var value && IsMissing(value) ? null : value);

    /// <summary>Returns a copy of a chunk with all parts, to which steps can be added.</summary>
    public StepChunk Copy()
    {
        var copy = new StepChunk { Count = Count };
        foreach (StepColumn column in StepColumn.All)
        {
            this[column].CopyTo(copy._columns[column.Index]);
        }

        return copy;
    }

    /// <summary>Returns a chunk with the columns of this one and of another part of the same steps.</summary>
    public StepChunk With(StepChunk other) =>
        new([.. _columns.Select((column, i) => column ?? other._columns[i])], Math.Min(Count, other.Count), Parts | other.Parts);

    /// <summary>Serialises the columns of one part that have values, each with <see cref="Count"/> little-endian doubles.</summary>
    /// <returns>A bit for each column's index, and the columns in order.</returns>
    public (int Columns, byte[] Bytes) ToBytes(StepParts part)
    {
        int[] stored = [.. part.Columns().Where(column => !IsAllMissing(this[column])).Select(column => column.Index).Order()];
        byte[] bytes = new byte[stored.Length * Count * sizeof(double)];
        Span<double> packed = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        for (int i = 0; i < stored.Length; i++)
        {
            _columns[stored[i]].AsSpan(0, Count).CopyTo(packed[(i * Count)..]);
        }

        return (stored.Aggregate(0, (bits, index) => bits | (1 << index)), bytes);
    }

    /// <param name="part">The parts that the bytes hold.</param>
    /// <param name="columns">A bit for each stored column's index.</param>
    /// <param name="bytes">The columns in order.</param>
    /// <param name="count">Number of rows.</param>
    /// <exception cref="InvalidDataException">The bytes are not a chunk with <paramref name="count"/> rows.</exception>
    public static StepChunk FromBytes(StepParts part, int columns, byte[] bytes, int count)
    {
        if (count is <= 0 or > Capacity || int.PopCount(columns) * count * sizeof(double) != bytes.Length
            || columns >>> StepColumn.All.Length != 0)
        {
            throw new InvalidDataException($"A chunk of {count} steps has {bytes.Length} bytes.");
        }

        double[]?[] read = new double[]?[StepColumn.All.Length];
        foreach (StepColumn column in part.Columns())
        {
            read[column.Index] = NoValues;
        }

        ReadOnlySpan<double> packed = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        for (int index = 0, at = 0; index < read.Length; index++)
        {
            if ((columns & (1 << index)) != 0)
            {
                read[index] = packed.Slice(at, count).ToArray();
                at += count;
            }
        }

        return new StepChunk(read, count, part);
    }

    private static bool IsAllMissing(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!IsMissing(value))
            {
                return false;
            }
        }

        return true;
    }
}
