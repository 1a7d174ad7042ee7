using System.Runtime.InteropServices;
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
        double[] columns =
        [
            5, 6, // number
            time, time,
            1, 2, // step
            16, 16, // examples
            0.02, 0.02, // epoch
            10.5, 20.5, // elapsed
            label, double.NaN,
            2 * label, missing,
            1.5 * label, double.NegativeInfinity,
            1e-3, 1e-3, // learning rate
            0.5, 0.5, // gradient norm
            0.25, 0.25, // seconds
            10, 10, // tokens
            123_456_789, 123_456_789, // memory
            1.5, missing, // cores
            0.25, 0.25, // GPU
        ];

        Assert.Equal(MemoryMarshal.AsBytes(columns.AsSpan()).ToArray(), Filled(First, Second).ToBytes());
        Assert.Equal(0x7FF8_5354_5544_494Ful, BitConverter.DoubleToUInt64Bits(missing));
    }

    [Fact]
    public void EventAt_EveryRow_GivesTheEventThatWasAdded()
    {
        StepChunk chunk = Filled(First, Second);
        var read = StepChunk.FromBytes(chunk.ToBytes(), 2);

        Assert.Equal([First, Second], [chunk.EventAt(0), chunk.EventAt(1)]);
        Assert.Equal([First, Second], [read.EventAt(0), read.EventAt(1)]);
    }

    [Fact]
    public void FromBytes_OfAProgramThatMeasuredLess_LeavesTheRestMissing()
    {
        StepChunk older = Filled(First with { CpuCores = null, GpuUse = null });
        byte[] bytes = older.ToBytes();

        Assert.Equal(14 * sizeof(double), bytes.Length);
        Assert.Equal(First with { CpuCores = null, GpuUse = null }, StepChunk.FromBytes(bytes, 1).EventAt(0));
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
