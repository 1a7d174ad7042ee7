using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class PackedBFloat16GemmTests
{
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
