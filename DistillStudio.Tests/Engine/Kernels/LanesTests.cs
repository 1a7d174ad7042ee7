using System.Runtime.Intrinsics;
using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed class LanesTests
{
    [Fact]
    public void Exp_OverItsRange_ErrsByLessThanTwoUnitsInTheLastPlace()
    {
        for (float x = -86.9f; x < 88; x += 0.0137f)
        {
            double expected = Math.Exp(x);
            Assert.InRange(Math.Abs((Lanes.Exp(Vector512.Create(x))[3] / expected) - 1), 0, 2.4e-7);
        }

        Assert.Equal(0, Lanes.Exp(Vector512.Create(-100f))[0]);
        Assert.Equal(0, Lanes.Exp(Vector512.Create(float.NegativeInfinity))[0]);
        Assert.Equal(1, Lanes.Exp(Vector512<float>.Zero)[0]);
    }

    [Fact]
    public void Exp_OfNaN_IsNaN() => Assert.Equal(float.NaN, Lanes.Exp(Vector512.Create(float.NaN))[5]);
}
