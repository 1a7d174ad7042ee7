using System.Runtime.Intrinsics;
using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed class ActivationKernelTests
{
    [Fact]
    public void Relu_OfNaN_IsNaN() => Assert.Equal(float.NaN, ReluActivation.Value(Vector512.Create(float.NaN))[5]);
}
