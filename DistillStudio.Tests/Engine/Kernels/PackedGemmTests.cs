using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class PackedGemmTests
{
    [Theory]
    [InlineData(8, 33, 40, true)]
    [InlineData(24, 96, 7, true)]
    [InlineData(16, 70, 384, true)]
    [InlineData(8, 33, 40, false)]
    [InlineData(24, 96, 7, false)]
    [InlineData(16, 70, 384, false)]
    public void PanelProduct_OfAnyShape_IsTheProduct(int rows, int outputs, int inputs, bool isWide)
    {
        float[] x = KernelNumbers.Random(rows * inputs, 1);
        float[] weight = KernelNumbers.Random(outputs * inputs, 2);
        float[] y = new float[rows * outputs];
        float[] panels = new float[PackedGemm<Float32Format>.Count(outputs, inputs)];
        fixed (float* xData = x, weightData = weight, yData = y, panelData = panels)
        {
            PackedGemm<Float32Format>.Pack(weightData, outputs, inputs, panelData);
            PackedGemm<Float32Format>.Multiply(xData, rows, panelData, outputs, inputs, yData, isWide);
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
