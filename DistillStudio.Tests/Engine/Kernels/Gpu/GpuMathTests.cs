using DistillStudio.Engine.Kernels.Gpu;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuMathTests
{
    [Fact]
    public void Exp_OverItsRange_IsWithinTwoUnits()
    {
        for (float x = -86.9f; x < 88; x += 0.0137f)
        {
            Assert.InRange(GpuMath.Exp(x) / Math.Exp(x), 1 - 2.5e-7, 1 + 2.5e-7);
        }

        Assert.Equal(0, GpuMath.Exp(float.NegativeInfinity));
        Assert.Equal(0, GpuMath.Exp(-88));
        Assert.Equal(1, GpuMath.Exp(0));
        Assert.True(float.IsNaN(GpuMath.Exp(float.NaN)));
    }

    [Fact]
    public void Log_OverItsRange_IsWithinTwoUnits()
    {
        for (float x = 1e-37f; x < 1e37f; x *= 1.0173f)
        {
            Assert.InRange(GpuMath.Log(x) - Math.Log(x), -2.5e-7 * (1 + Math.Abs(Math.Log(x))), 2.5e-7 * (1 + Math.Abs(Math.Log(x))));
        }

        Assert.Equal(0, GpuMath.Log(1));
        Assert.True(float.IsNaN(GpuMath.Log(float.NaN)));
        Assert.Equal(float.PositiveInfinity, GpuMath.Log(float.PositiveInfinity));
    }
}
