using System.Runtime.InteropServices;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.History;

namespace DistillStudio.Tests.History;

/// <summary>The bytes of a chunk in the database: what earlier programs wrote is read by the next.</summary>
public sealed class StepChunkTests
{
    private static readonly StepCompleted First =
        RunScript.Step(1, RunScript.Spec()) with { Number = 5, Time = RunScript.Start, CpuCores = 1.5, GpuUse = 0.25 };

    private static readonly StepCompleted Second =
        First with { Number = 6, Step = 2, LabelLoss = double.NaN, RationaleLoss = null, Loss = double.NegativeInfinity, CpuCores = null };

    [Fact]
    public void ToBytes_TwoSteps_GivesEachColumnInItsPlace()
    {
        double time = BitConverter.Int64BitsToDouble(RunScript.Start.UtcTicks);
        double missing = StepChunk.Missing;
        double label = RunScript.LabelLossAt(1);
        double[] losses =
        [
            1, 2, // step
            label, double.NaN,
            2 * label, missing,
            1.5 * label, double.NegativeInfinity,
        ];
        double[] details =
        [
            5, 6, // number
            time, time,
            16, 16, // examples
            0.02, 0.02, // epoch
            10.5, 20.5, // elapsed
            1e-3, 1e-3, // learning rate
            0.5, 0.5, // gradient norm
            0.25, 0.25, // seconds
            10, 10, // tokens
            123_456_789, 123_456_789, // memory
            1.5, missing, // cores
            0.25, 0.25, // GPU
        ];

        AssertStored(0b1_1100_0100, losses, StepParts.Losses);
        AssertStored(0b1111_1110_0011_1011, details, StepParts.Details);
        Assert.Equal(0x7FF8_5354_5544_494Ful, BitConverter.DoubleToUInt64Bits(missing));
    }

    [Fact]
    public void EventAt_EveryRow_GivesTheEventThatWasAdded()
    {
        StepChunk chunk = Filled(First, Second);
        StepChunk read = Read(chunk, StepParts.Details).With(Read(chunk, StepParts.Losses));

        Assert.Equal(StepParts.All, read.Parts);
        Assert.Equal([First, Second], [chunk.EventAt(0), chunk.EventAt(1)]);
        Assert.Equal([First, Second], [read.EventAt(0), read.EventAt(1)]);
        Assert.Equal([First, Second], [read.Copy().EventAt(0), read.Copy().EventAt(1)]);
    }

    [Fact]
    public void Column_OfAPartThatWasNotRead_IsRefused()
    {
        StepChunk losses = Read(Filled(First), StepParts.Losses);

        Assert.Equal(1, losses[StepColumn.Step][0]);
        Assert.Throws<InvalidOperationException>(() => losses[StepColumn.Seconds].Length);
    }

    [Theory]
    [InlineData(0b1, 8, 0)]
    [InlineData(0b1, 8, 513)]
    [InlineData(0b11, 8, 1)]
    [InlineData(0b1, 9, 1)]
    [InlineData(1 << 20, 8, 1)]
    [InlineData(1 << 31, 8, 1)]
    public void FromBytes_NotAChunk_IsRefused(int columns, int bytes, int count) =>
        Assert.Throws<InvalidDataException>(() => StepChunk.FromBytes(StepParts.All, columns, new byte[bytes], count));

    private static void AssertStored(int columns, double[] values, StepParts part)
    {
        (int stored, byte[] bytes) = Filled(First, Second).ToBytes(part);
        Assert.Equal(columns, stored);
        Assert.Equal(MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), bytes);
    }

    private static StepChunk Read(StepChunk chunk, StepParts part)
    {
        (int columns, byte[] bytes) = chunk.ToBytes(part);
        return StepChunk.FromBytes(part, columns, bytes, chunk.Count);
    }

    private static StepChunk Filled(params StepCompleted[] steps)
    {
        var chunk = new StepChunk();
        foreach (StepCompleted step in steps)
        {
            chunk.Add(step, 10.5 + (10 * chunk.Count));
        }

        return chunk;
    }
}
