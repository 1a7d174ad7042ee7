using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class PackedBFloat16GemmTests
{
    [Theory]
    [InlineData(8, 64, 40)]
    [InlineData(32, 70, 384)]
    [InlineData(3, 33, 6)]
    public void PairProduct_OfAnyShape_IsTheProductOfTheRoundedOperands(int rows, int outputs, int inputs)
    {
        Assert.SkipUnless(PackedBFloat16Gemm.Suits(inputs), "this processor multiplies no pairs of bfloat16");
        float[] Numbers(int count, ulong seed) => [.. KernelNumbers.Random(count, seed).Select(Rounded)];
        static float Rounded(float value) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000);
        float[] x = Numbers(rows * inputs, 1);
        float[] weight = Numbers(outputs * inputs, 2);
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

        KernelNumbers.AssertClose(
            [
                .. Enumerable.Range(0, y.Length).Select(i =>
                    Enumerable.Range(0, inputs).Sum(k => (double)x[(i / outputs * inputs) + k] * weight[(i % outputs * inputs) + k])),
            ],
            y,
            1e-4);
    }
}
