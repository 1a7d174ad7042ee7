using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class SmallGemmTests
{
    [Theory]
    [InlineData(8, 16, 1, false)]
    [InlineData(16, 32, 7, false)]
    [InlineData(8, 48, 33, true)]
    public void Multiply_AnyShape_IsTheProduct(int m, int n, int k, bool isTransposed)
    {
        float[] a = KernelNumbers.Random(m * k, 1), b = KernelNumbers.Random(k * n, 2), c = new float[m * n];
        (int row, int column) = isTransposed ? (1, m) : (k, 1);
        fixed (float* aData = a, bData = b, cData = c)
        {
            SmallGemm.Multiply(aData, row, column, bData, n, cData, n, m, n, k);
        }

        KernelNumbers.AssertClose(
            [
                .. Enumerable.Range(0, m * n).Select(i =>
                    Enumerable.Range(0, k).Sum(p => (double)a[(i / n * row) + (p * column)] * b[(p * n) + (i % n)])),
            ],
            c);
    }
}
