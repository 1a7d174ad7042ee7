using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class EmbeddingKernelTests
{
    private const int Vocabulary = 9;
    private const int Rows = 40;
    private const int PaddedRows = 64;
    private const int Width = 70;

    private static readonly DropoutMask Mask = new(seed: 5, site: 2, rate: 0.25);
    private static readonly int[] Ids = [.. Enumerable.Range(0, Rows).Select(row => row * 5 % Vocabulary)];
    private static readonly ulong[] Keys = [.. Enumerable.Range(0, Rows).Select(row => RowKeys.OfToken(2, row))];

    [Fact]
    public void Forward_WithDropout_IsTheMaskedRowOfEachIdFollowedByZeros()
    {
        float[] table = KernelNumbers.Random(Vocabulary * Width);
        float[] x = [.. Enumerable.Repeat(float.NaN, PaddedRows * Width)];
        fixed (float* tableData = table, xData = x)
        fixed (int* ids = Ids)
        fixed (ulong* keys = Keys)
        {
            EmbeddingKernel.Forward(Rows, PaddedRows, Width, tableData, ids, keys, Mask, xData);
        }

        KernelNumbers.AssertClose(
            [
                .. Enumerable.Range(0, PaddedRows * Width).Select(i =>
                    i / Width < Rows ? Factor(i) * (double)table[(Ids[i / Width] * Width) + (i % Width)] : 0),
            ],
            x);
    }

    [Fact]
    public void Backward_RepeatedIds_AddsEachRowToTheGradientOfItsId()
    {
        float[] gradient = KernelNumbers.Random(Rows * Width, 1), table = KernelNumbers.Random(Vocabulary * Width, 2);
        double[] expected = [.. table.Select(x => (double)x)];
        for (int i = 0; i < gradient.Length; i++)
        {
            expected[(Ids[i / Width] * Width) + (i % Width)] += Factor(i) * (double)gradient[i];
        }

        fixed (float* gradientData = gradient, tableData = table)
        fixed (int* ids = Ids)
        fixed (ulong* keys = Keys)
        {
            EmbeddingKernel.Backward(Rows, Width, gradientData, ids, keys, Mask, tableData);
        }

        KernelNumbers.AssertClose(expected, table);
    }

    private static float Factor(int i) => Mask.Row(Keys[i / Width]).Factors(i % Width / Lanes.Count * Lanes.Count)[i % Width % Lanes.Count];
}
