using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed class FlatPartsTests
{
    [Fact]
    public void Parts_OfArraysOfAnyLength_CoverEachElementOnceInOrder()
    {
        long[] lengths = [1, FlatParts.Size, 0, FlatParts.Size + 1, (3 * FlatParts.Size) + 5];
        var parts = new FlatParts(lengths);
        long[] covered = new long[lengths.Length];
        for (int part = 0; part < parts.Count; part++)
        {
            (int array, long start, int count) = parts[part];
            Assert.Equal(covered[array], start);
            Assert.InRange(count, 1, FlatParts.Size);
            covered[array] += count;
        }

        Assert.Equal(lengths, covered);
    }
}
