using System.Runtime.Intrinsics;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class KernelTests
{
    [Fact]
    public void Exp_OverItsRange_IsOffByLessThanTwoUnitsInTheLastPlace()
    {
        for (float x = -86.9f; x < 88; x += 0.0137f)
        {
            double expected = Math.Exp(x);
            Assert.InRange(Math.Abs((Lanes.Exp(Vector512.Create(x))[3] / expected) - 1), 0, 2.4e-7);
        }

        Assert.Equal(0, Lanes.Exp(Vector512.Create(-100f))[0]);
        Assert.Equal(0, Lanes.Exp(Vector512.Create(float.NegativeInfinity))[0]);
        Assert.Equal(1, Lanes.Exp(Vector512<float>.Zero)[0]);
    }

    [Fact]
    public void Kernels_OfWhatIsNoNumber_PassItOn()
    {
        Vector512<float> none = Vector512.Create(float.NaN);
        Assert.Equal(float.NaN, Lanes.Exp(none)[5]);
        Assert.Equal(float.NaN, ReluActivation.Value(none)[5]);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void DropoutMask_OfManyRows_DropsItsShareAndNoTwoRowsAlike(double rate)
    {
        const int Rows = 400;
        const int Columns = 512;
        var mask = new DropoutMask(seed: 3, site: 5, rate);
        var seen = new HashSet<string>();
        int[] dropped = new int[Columns];
        for (uint row = 0; row < Rows; row++)
        {
            var text = new System.Text.StringBuilder();
            for (int column = 0; column < Columns; column += Lanes.Count)
            {
                Vector512<float> factors = mask.Row(RowKeys.OfToken(row % 20, (int)row / 20)).Factors(column);
                for (int lane = 0; lane < Lanes.Count; lane++)
                {
                    Assert.True(factors[lane] == 0 || factors[lane] == (float)(1 / (1 - rate)));
                    dropped[column + lane] += factors[lane] == 0 ? 1 : 0;
                    text.Append(factors[lane] == 0 ? '0' : '1');
                }
            }

            Assert.True(seen.Add(text.ToString()));
        }

        Assert.InRange(dropped.Sum() / (double)(Rows * Columns), rate - 0.004, rate + 0.004); // four deviations
        double deviation = Math.Sqrt(Rows * rate * (1 - rate));
        Assert.All(dropped, count => Assert.InRange(count, (Rows * rate) - (5 * deviation), (Rows * rate) + (5 * deviation)));
    }

    [Fact]
    public void BFloat16_StoredAndLoaded_IsTheNearest()
    {
        float* values = stackalloc float[Lanes.Count];
        ushort* halves = stackalloc ushort[Lanes.Count];
        var random = new SeededRandom(2);
        for (int i = 0; i < Lanes.Count; i++)
        {
            values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, i - 8));
        }

        BFloat16Format.Store(halves, 0, Vector512.Load(values));
        Vector512<float> loaded = BFloat16Format.Load(halves, 0);
        for (int i = 0; i < Lanes.Count; i++)
        {
            Assert.InRange(Math.Abs(loaded[i] - values[i]), 0, Math.Abs(values[i]) / 256);
            Assert.Equal(loaded[i], BFloat16Format.LoadOne(halves, i));
            ushort one = 0;
            BFloat16Format.StoreOne(&one, 0, values[i]);
            Assert.Equal(halves[i], one);
        }

        Assert.Equal(1.0f, Rounded(1 + (1f / 256)));         // a tie goes to the even neighbour
        Assert.Equal(1 + (2f / 128), Rounded(1 + (3f / 256)));
        static float Rounded(float value)
        {
            ushort half = 0;
            BFloat16Format.StoreOne(&half, 0, value);
            return BFloat16Format.LoadOne(&half, 0);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(1000, 2)]
    [InlineData(1000, 4)]
    public void Team_OfManyParts_DoesEachOnceAndNoWorkerTwiceAtATime(int parts, int threads)
    {
        int[] done = new int[parts];
        int[] busy = new int[threads];
        bool collided = false;
        var thread = new Thread(() => // the number of threads is kept per thread
        {
            TorchSharp.torch.set_num_threads(threads);
            ParallelTeam.Run(parts, (part, worker) =>
            {
                collided |= Interlocked.Increment(ref busy[worker]) != 1;
                Interlocked.Increment(ref done[part]);
                Interlocked.Decrement(ref busy[worker]);
            });
        });
        thread.Start();
        thread.Join();

        Assert.All(done, times => Assert.Equal(1, times));
        Assert.False(collided);
    }

    [Theory]
    [InlineData(8, 33, 40)]
    [InlineData(24, 96, 7)]
    [InlineData(16, 70, 384)]
    public void PanelProduct_OfAnyShape_IsTheProduct(int rows, int outputs, int inputs)
    {
        var random = new SeededRandom(4);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
        float[] x = Numbers(rows * inputs);
        float[] weight = Numbers(outputs * inputs);
        float[] y = new float[rows * outputs];
        float[] panels = new float[PackedGemm<Float32Format>.Count(outputs, inputs)];
        fixed (float* xData = x, weightData = weight, yData = y, panelData = panels)
        {
            PackedGemm<Float32Format>.Pack(weightData, outputs, inputs, panelData);
            PackedGemm<Float32Format>.Multiply(xData, rows, panelData, outputs, inputs, yData);
        }

        for (int i = 0; i < y.Length; i++)
        {
            (int row, int output) = (i / outputs, i % outputs);
            double expected = Enumerable.Range(0, inputs).Sum(k => (double)x[(row * inputs) + k] * weight[(output * inputs) + k]);
            Assert.Equal(expected, y[i], 1e-4);
        }
    }

    [Theory]
    [InlineData(8, 64, 40)]
    [InlineData(32, 70, 384)]
    [InlineData(3, 33, 6)]
    public void PairProduct_OfAnyShape_IsTheProductOfWhatWasRounded(int rows, int outputs, int inputs)
    {
        Assert.SkipUnless(PackedBFloat16Gemm.Suits(inputs), "this processor multiplies no pairs of bfloat16");
        var random = new SeededRandom(4);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => Rounded((float)random.NextDouble() - 0.5f))];
        static float Rounded(float value) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000);
        float[] x = Numbers(rows * inputs);
        float[] weight = Numbers(outputs * inputs);
        ushort[] halves = [.. weight.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
        float[] y = new float[rows * outputs];
        ushort[] panels = new ushort[PackedBFloat16Gemm.Count(outputs, inputs)];
        ushort[] rounded = new ushort[x.Length];
        fixed (ushort* weightData = halves, panelData = panels, roundedData = rounded)
        fixed (float* xData = x, yData = y)
        {
            PackedBFloat16Gemm.Pack(weightData, outputs, inputs, panelData);
            PackedBFloat16Gemm.Multiply(xData, roundedData, rows, panelData, outputs, inputs, yData);
        }

        for (int i = 0; i < y.Length; i++)
        {
            (int row, int output) = (i / outputs, i % outputs);
            double expected = Enumerable.Range(0, inputs).Sum(k => (double)x[(row * inputs) + k] * weight[(output * inputs) + k]);
            Assert.Equal(expected, y[i], 1e-4);
        }
    }
}
