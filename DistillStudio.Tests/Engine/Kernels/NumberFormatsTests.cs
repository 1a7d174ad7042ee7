using System.Runtime.Intrinsics;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class NumberFormatsTests
{
    [Fact]
    public void BFloat16_StoredAndLoaded_IsTheNearest()
    {
        float* values = stackalloc float[Lanes.Count];
        ushort* halves = stackalloc ushort[Lanes.Count];
        var random = new SeededRandom(2);
        for (int i = 0; i < Lanes.Count; i++)
        {
            values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, i - 8));
        }

        BFloat16Format.Store(halves, 0, Vector512.Load(values));
        Vector512<float> loaded = BFloat16Format.Load(halves, 0);
        for (int i = 0; i < Lanes.Count; i++)
        {
            Assert.InRange(Math.Abs(loaded[i] - values[i]), 0, Math.Abs(values[i]) / 256);
            Assert.Equal(loaded[i], BFloat16Format.LoadOne(halves, i));
            ushort one = 0;
            BFloat16Format.StoreOne(&one, 0, values[i]);
            Assert.Equal(halves[i], one);
        }

        Assert.Equal(1.0f, Rounded(1 + (1f / 256)));         // a tie goes to the even neighbour
        Assert.Equal(1 + (2f / 128), Rounded(1 + (3f / 256)));
        static float Rounded(float value)
        {
            ushort half = 0;
            BFloat16Format.StoreOne(&half, 0, value);
            return BFloat16Format.LoadOne(&half, 0);
        }
    }
}
