using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Kernels;

/// <summary>Operands of kernels, the same for the same seed.</summary>
internal static class KernelNumbers
{
    /// <summary>Numbers in [−½, ½).</summary>
    public static float[] Random(int count, ulong seed = 4)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    /// <summary>Fails where a number differs by more than <paramref name="tolerance"/>.</summary>
    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<float> actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{actual[i]} instead of {expected[i]} at {i}");
        }
    }
}
