using System.Runtime.InteropServices;
using DistillStudio.Engine.Training;

namespace DistillStudio.History;

/// <summary>What is kept of each step; a chunk stores the columns one after the other.</summary>
internal enum StepColumn
{
    Number,

    /// <summary>UTC ticks, as the bits of a double.</summary>
    Time,
    Step,
    Examples,
    Epoch,

    /// <summary>Seconds the run had taken, evaluations included.</summary>
    Elapsed,
    LabelLoss,
    RationaleLoss,
    Loss,
    LearningRate,
    GradientNorm,
    Seconds,
    Tokens,
    MemoryBytes,
}

/// <summary>Up to <see cref="Capacity"/> consecutive steps of one run, by column. Filled by one thread at a time; a full one never changes.</summary>
internal sealed class StepChunk
{
    public const int Capacity = 512;

    /// <summary>Bytes of a chunk in memory.</summary>
    public const int Size = Columns * Capacity * sizeof(double);

    private const int Columns = (int)StepColumn.MemoryBytes + 1;

    private readonly double[] _values = new double[Columns * Capacity];

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    /// <summary>Stands for a loss that the recipe does not have; a not-a-number that no calculation yields.</summary>
    public static double Missing { get; } = BitConverter.UInt64BitsToDouble(0x7FF8_5354_5544_494F);

    public static bool IsMissing(double value) => BitConverter.DoubleToUInt64Bits(value) == BitConverter.DoubleToUInt64Bits(Missing);

    /// <summary>The values so far.</summary>
    public ReadOnlySpan<double> this[StepColumn column] => _values.AsSpan((int)column * Capacity, Count);

    public void Add(Progressed step, double elapsed)
    {
        int row = Count;
        Set(StepColumn.Number, row, step.Number);
        Set(StepColumn.Time, row, BitConverter.Int64BitsToDouble(step.Time.UtcTicks));
        Set(StepColumn.Step, row, step.Step);
        Set(StepColumn.Examples, row, step.Examples);
        Set(StepColumn.Epoch, row, step.Epoch);
        Set(StepColumn.Elapsed, row, elapsed);
        Set(StepColumn.LabelLoss, row, step.LabelLoss);
        Set(StepColumn.RationaleLoss, row, step.RationaleLoss ?? Missing);
        Set(StepColumn.Loss, row, step.Loss);
        Set(StepColumn.LearningRate, row, step.LearningRate);
        Set(StepColumn.GradientNorm, row, step.GradientNorm);
        Set(StepColumn.Seconds, row, step.Seconds);
        Set(StepColumn.Tokens, row, step.Tokens);
        Set(StepColumn.MemoryBytes, row, step.MemoryBytes);
        Count = row + 1;
    }

    public Progressed EventAt(int row)
    {
        double rationaleLoss = Get(StepColumn.RationaleLoss, row);
        return new Progressed(
            (int)Get(StepColumn.Step, row),
            Get(StepColumn.LabelLoss, row),
            IsMissing(rationaleLoss) ? null : rationaleLoss,
            Get(StepColumn.Loss, row),
            Get(StepColumn.LearningRate, row),
            Get(StepColumn.GradientNorm, row),
            (long)Get(StepColumn.Examples, row),
            Get(StepColumn.Epoch, row),
            Get(StepColumn.Seconds, row),
            (long)Get(StepColumn.Tokens, row),
            (long)Get(StepColumn.MemoryBytes, row))
        {
            Number = (long)Get(StepColumn.Number, row),
            Time = new DateTimeOffset(BitConverter.DoubleToInt64Bits(Get(StepColumn.Time, row)), TimeSpan.Zero),
        };
    }

    /// <summary>A copy that later steps do not change.</summary>
    public StepChunk Snapshot()
    {
        var copy = new StepChunk { Count = Count };
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    /// <summary>The columns, each with <see cref="Count"/> little-endian doubles.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Columns * Count * sizeof(double)];
        Span<double> packed = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        for (int column = 0; column < Columns; column++)
        {
            this[(StepColumn)column].CopyTo(packed[(column * Count)..]);
        }

        return bytes;
    }

    /// <exception cref="InvalidDataException">The bytes are not a chunk.</exception>
    public static StepChunk FromBytes(byte[] bytes)
    {
        int count = bytes.Length / (Columns * sizeof(double));
        if (count > Capacity || count * Columns * sizeof(double) != bytes.Length)
        {
            throw new InvalidDataException($"A chunk of steps has {bytes.Length} bytes.");
        }

        var chunk = new StepChunk { Count = count };
        ReadOnlySpan<double> packed = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        for (int column = 0; column < Columns; column++)
        {
            packed.Slice(column * count, count).CopyTo(chunk._values.AsSpan(column * Capacity));
        }

        return chunk;
    }

    private double Get(StepColumn column, int row) => _values[((int)column * Capacity) + row];

    private void Set(StepColumn column, int row, double value) => _values[((int)column * Capacity) + row] = value;
}
