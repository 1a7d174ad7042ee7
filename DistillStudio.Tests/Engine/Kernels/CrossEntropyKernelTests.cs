using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class CrossEntropyKernelTests
{
    private const int Rows = 3;
    private const int PaddedRows = 5;
    private static readonly float[] Weights = [0.5f, 2, 0.25f];

    [Theory]
    [InlineData(7)]
    [InlineData(48)]
    [InlineData(53)]
    public void Run_WithWeights_GivesLossesAndReplacesLogitsByTheirGradient(int vocabulary)
    {
        float[] logits = [.. KernelNumbers.Random(PaddedRows * vocabulary).Select(x => 20 * x)];
        int[] targets = [0, vocabulary / 2, vocabulary - 1];
        float[] before = [.. logits];
        float[] losses = Run(vocabulary, logits, targets, Weights);

        double[] expected = [.. Enumerable.Range(0, Rows).Select(row => Loss(before, row, vocabulary, targets[row]))];
        KernelNumbers.AssertClose(expected, losses, 1e-4);
        double[] gradient =
        [
            .. Enumerable.Range(0, PaddedRows * vocabulary).Select(i => (Row: i / vocabulary, Token: i % vocabulary)).Select(at =>
                at.Row >= Rows ? 0 : Weights[at.Row]
                    * (Math.Exp(-Loss(before, at.Row, vocabulary, at.Token)) - (at.Token == targets[at.Row] ? 1 : 0))),
        ];
        KernelNumbers.AssertClose(gradient, logits);
    }

    [Fact]
    public void Run_WithoutWeights_LeavesTheLogits()
    {
        float[] logits = KernelNumbers.Random(PaddedRows * 21);
        float[] before = [.. logits];
        float[] losses = Run(21, logits, [1, 2, 3], null);

        Assert.Equal(before, logits);
        KernelNumbers.AssertClose([.. Enumerable.Range(0, Rows).Select(row => Loss(before, row, 21, row + 1))], losses);
    }

    [Fact]
    public void Run_LogitsBeyondTheRangeOfExp_StayFinite()
    {
        float[] logits = [.. Enumerable.Range(0, PaddedRows * 20).Select(i => i % 20 == 4 ? 1e4f : -1e4f)];
        float[] losses = Run(20, logits, [4, 4, 5], Weights);

        Assert.Equal([0, 0, 2e4f], losses);
        Assert.All(logits, gradient => Assert.True(float.IsFinite(gradient)));
    }

    private static float[] Run(int vocabulary, float[] logits, int[] targets, float[]? weights)
    {
        float[] losses = new float[Rows];
        fixed (float* logitData = logits, weightData = weights, lossData = losses)
        fixed (int* targetData = targets)
        {
            CrossEntropyKernel<Float32Format>.Run(Rows, PaddedRows, vocabulary, logitData, targetData, weightData, lossData);
        }

        return losses;
    }

    private static double Loss(float[] logits, int row, int vocabulary, int token)
    {
        float[] own = logits[(row * vocabulary)..((row + 1) * vocabulary)];
        return Math.Log(own.Sum(z => Math.Exp(z))) - own[token];
    }
}
