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

    private readonly double[] _values = new double[Columns * Capacity];

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    /// <summary>Marks a missing value: a NaN payload that no calculation produces.</summary>
    public static double Missing { get; } = BitConverter.UInt64BitsToDouble(0x7FF8_5354_5544_494F);

    public static bool IsMissing(double value) => BitConverter.DoubleToUInt64Bits(value) == BitConverter.DoubleToUInt64Bits(Missing);

    /// <summary>The column's <see cref="Count"/> values.</summary>
    public ReadOnlySpan<double> this[StepColumn column] => ColumnAt(column.Index);

    private static int Columns => StepColumn.All.Length;

    /// <param name="step">The event.</param>
    /// <param name="elapsed">Elapsed seconds of the run, including evaluations.</param>
    public void Add(StepCompleted step, double elapsed)
    {
        int row = Count;
        foreach (StepColumn column in StepColumn.All)
        {
            _values[(column.Index * Capacity) + row] = column.Read(step, elapsed) ?? Missing;
        }

        Count = row + 1;
    }

    public StepCompleted EventAt(int row) =>
        StepColumn.ToStep(column => _values[(column.Index * Capacity) + row] is var value && IsMissing(value) ? null : value);

    /// <summary>Returns a copy.</summary>
    public StepChunk Snapshot()
    {
        var copy = new StepChunk { Count = Count };
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    /// <summary>
    /// Serialises the columns, each with <see cref="Count"/> little-endian doubles; trailing columns without values are omitted.
    /// </summary>
    public byte[] ToBytes()
    {
        int columns = Columns;
        while (columns > 0 && IsAllMissing(ColumnAt(columns - 1)))
        {
            columns--;
        }

        byte[] bytes = new byte[columns * Count * sizeof(double)];
        Span<double> packed = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        for (int column = 0; column < columns; column++)
        {
            ColumnAt(column).CopyTo(packed[(column * Count)..]);
        }

        return bytes;
    }

    /// <param name="bytes">Result of <see cref="ToBytes"/>, possibly of a version with fewer columns.</param>
    /// <param name="count">Number of rows.</param>
    /// <exception cref="InvalidDataException">The bytes are not a chunk with <paramref name="count"/> rows.</exception>
    public static StepChunk FromBytes(byte[] bytes, int count)
    {
        int columns = count is > 0 and <= Capacity ? bytes.Length / (count * sizeof(double)) : 0;
        if (columns == 0 || columns > Columns || columns * count * sizeof(double) != bytes.Length)
        {
            throw new InvalidDataException($"A chunk of {count} steps has {bytes.Length} bytes.");
        }

        var chunk = new StepChunk { Count = count };
        ReadOnlySpan<double> packed = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        for (int column = 0; column < columns; column++)
        {
            packed.Slice(column * count, count).CopyTo(chunk._values.AsSpan(column * Capacity));
        }

        chunk._values.AsSpan(columns * Capacity).Fill(Missing);
        return chunk;
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

    private ReadOnlySpan<double> ColumnAt(int index) => _values.AsSpan(index * Capacity, Count);
}
