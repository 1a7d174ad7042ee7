using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class PackedGemmTests
{
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
}
