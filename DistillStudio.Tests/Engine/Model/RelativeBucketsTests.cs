using DistillStudio.Engine.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Model;

public sealed class RelativeBucketsTests
{
    [Theory]
    [InlineData(true, 32, 128)]
    [InlineData(false, 32, 128)]
    [InlineData(true, 8, 20)]
    [InlineData(false, 8, 20)]
    public void Range_OverNearAndFarDistances_IsThePapersFormulaInSinglePrecision(bool bidirectional, int count, int limit)
    {
        const int Farthest = 300;
        long[] buckets = new RelativeBuckets(bidirectional, count, limit).Range(-Farthest, (2 * Farthest) + 1);

        Assert.Equal(Formula(bidirectional, count, limit, Farthest), buckets);
    }

    private static long[] Formula(bool bidirectional, int count, int limit, int farthest)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor distance = arange(-farthest, farthest + 1, ScalarType.Int64);
        Tensor offset = zeros_like(distance);
        if (bidirectional)
        {
            count /= 2;
            offset = distance.gt(0).to(ScalarType.Int64) * count;
            distance = distance.abs();
        }
        else
        {
            distance = distance.neg().clamp_min(0);
        }

        int exact = count / 2;
        Tensor far = exact
            + ((distance.to(ScalarType.Float32) / exact).log() / Math.Log((double)limit / exact) * (count - exact)).to(ScalarType.Int64);
        return [.. (offset + where(distance.lt(exact), distance, far.clamp_max(count - 1))).data<long>()];
    }
}
