using System.Runtime.Intrinsics;
using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed class DropoutMaskTests
{
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
}
