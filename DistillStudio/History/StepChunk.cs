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
    CpuCores,
    GpuUse,
}

/// <summary>Up to <see cref="Capacity"/> consecutive steps of one run, by column. Filled by one thread at a time; a full one never changes.</summary>
internal sealed class StepChunk
{
    public const int Capacity = 512;

    /// <summary>Bytes of a chunk in memory.</summary>
    public const int Size = Columns * Capacity * sizeof(double);

    private const int Columns = (int)StepColumn.GpuUse + 1;

    private readonly double[] _values = new double[Columns * Capacity];

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    /// <summary>Stands for a figure that the run does not have; a not-a-number that no calculation yields.</summary>
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
        Set(StepColumn.CpuCores, row, step.CpuCores ?? Missing);
        Set(StepColumn.GpuUse, row, step.GpuUse ?? Missing);
        Count = row + 1;
    }

    public Progressed EventAt(int row)
    {
        return new Progressed
        {
            Step = (int)Get(StepColumn.Step, row),
            LabelLoss = Get(StepColumn.LabelLoss, row),
            RationaleLoss = Find(StepColumn.RationaleLoss, row),
            Loss = Get(StepColumn.Loss, row),
            LearningRate = Get(StepColumn.LearningRate, row),
            GradientNorm = Get(StepColumn.GradientNorm, row),
            Examples = (long)Get(StepColumn.Examples, row),
            Epoch = Get(StepColumn.Epoch, row),
            Seconds = Get(StepColumn.Seconds, row),
            Tokens = (long)Get(StepColumn.Tokens, row),
            MemoryBytes = (long)Get(StepColumn.MemoryBytes, row),
            CpuCores = Find(StepColumn.CpuCores, row),
            GpuUse = Find(StepColumn.GpuUse, row),
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

    /// <summary>The columns, each with <see cref="Count"/> little-endian doubles; those at the end that hold nothing are left out.</summary>
    public byte[] ToBytes()
    {
        int columns = Columns;
        while (columns > 0 && IsAllMissing(this[(StepColumn)(columns - 1)]))
        {
            columns--;
        }

        byte[] bytes = new byte[columns * Count * sizeof(double)];
        Span<double> packed = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
        for (int column = 0; column < columns; column++)
        {
            this[(StepColumn)column].CopyTo(packed[(column * Count)..]);
        }

        return bytes;
    }

    /// <param name="bytes">As <see cref="ToBytes"/> gave them, now or when there were fewer columns.</param>
    /// <param name="count">Rows in them.</param>
    /// <exception cref="InvalidDataException">The bytes are not a chunk of so many rows.</exception>
    public static StepChunk FromBytes(byte[] bytes, int count)
    {
        int columns = count is > 0 and <= Capacity ? bytes.Length / (count * sizeof(double)) : 0;
        if (columns is 0 or > Columns || columns * count * sizeof(double) != bytes.Length)
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

    private double? Find(StepColumn column, int row) => Get(column, row) is var value && IsMissing(value) ? null : value;

    private double Get(StepColumn column, int row) => _values[((int)column * Capacity) + row];

    private void Set(StepColumn column, int row, double value) => _values[((int)column * Capacity) + row] = value;
}
