using DistillStudio.Engine.Kernels.Gpu;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuActivationKernelTests : IDisposable
{
    private static readonly GpuMask Mask = new(4, GpuScene.Rate);

    private readonly GpuScene _scene = new();

    [Theory]
    [InlineData(1e2f)]
    [InlineData(1e4f)]
    [InlineData(1e12f)]
    [InlineData(1e13f)]
    [InlineData(1e20f)]
    [InlineData(float.MaxValue)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void ValuesAndSlopes_FarFromZero_AreTheirLimits(float x)
    {
        AssertLimits<GpuRelu>(x);
        AssertLimits<GpuSilu>(x);
        AssertLimits<GpuGeluTanh>(x);
    }

    private static void AssertLimits<TActivation>(float x)
        where TActivation : struct, IGpuActivation
    {
        Assert.Equal(x, TActivation.Value(x));
        Assert.Equal(x, TActivation.Value(x, out float slope));
        if (float.IsNaN(x))
        {
            return;
        }

        Assert.Equal(1, slope);
        Assert.Equal(0, TActivation.Value(-x), 1e-30f);
        Assert.Equal(0, TActivation.Value(-x, out slope), 1e-30f);
        Assert.Equal(0, slope, 1e-28f);
    }

    public static TheoryData<string, bool, ScalarType> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool, ScalarType>();
            foreach (string activation in (string[])["relu", "gelu", "silu"])
            {
                cases.Add(activation, false, ScalarType.Float32);
                cases.Add(activation, true, ScalarType.Float32);
                cases.Add(activation, true, ScalarType.BFloat16);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndBackward_WithDropout_AgreeWithAutograd(string activation, bool isGated, ScalarType type)
    {
        (int rows, int width) = (3, 29);
        Tensor inner = _scene.Random(type, 2, rows, width).requires_grad_();
        Tensor gate = _scene.Random(type, 1, rows, width).requires_grad_();
        Tensor gradient = _scene.Random(type, 1, rows, width);
        Tensor active = Activate(activation, inner.to(ScalarType.Float32));
        Tensor expected = (isGated ? active * gate.to(ScalarType.Float32) : active) * GpuScene.Factors(rows, width, 4);
        (expected * gradient.to(ScalarType.Float32)).sum().backward();

        MaskSource source = GpuScene.Source(rows);
        Tensor? gateOrNone = isGated ? gate.detach() : null;
        Tensor actual = _scene.Operations.Activate(inner.detach(), gateOrNone, source, Mask, KernelOf(activation));
        (Tensor innerGradient, Tensor? gateGradient) = (empty_like(inner), isGated ? empty_like(gate) : null);
        _scene.Operations.ActivateBackward(
            inner.detach(), gateOrNone, gradient, source, Mask, KernelOf(activation), innerGradient, gateGradient);

        GpuScene.AssertClose(expected, actual);
        GpuScene.AssertClose(inner.grad!, innerGradient);
        if (isGated)
        {
            GpuScene.AssertClose(gate.grad!, gateGradient!);
        }
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("gelu")]
    [InlineData("silu")]
    public void ForwardAndBackward_ExtremeValues_AreWhatLibtorchComputes(string activation)
    {
        Tensor inner = tensor([0f, -0f, 1e-30f, -1e-30f, 50, -50, 1e4f, -1e4f, 1e12f, -1e12f, 1e30f, float.NaN]).view(1, -1);
        Tensor x = inner.clone().requires_grad_();
        Tensor expected = Activate(activation, x);
        expected.sum().backward();

        MaskSource source = GpuScene.Source(1);
        Tensor actual = _scene.Operations.Activate(inner, null, source, GpuMask.None, KernelOf(activation));
        Tensor gradient = empty_like(inner);
        _scene.Operations.ActivateBackward(
            inner, null, ones_like(inner), source, GpuMask.None, KernelOf(activation), gradient, null);

        GpuScene.AssertClose(expected, actual);
        GpuScene.AssertClose(x.grad!.narrow(1, 0, 8), gradient.narrow(1, 0, 8));
        GpuScene.AssertClose(tensor([1f, 0, 1]), gradient[0].narrow(0, 8, 3)); // where libtorch's own is not exact
    }

    public void Dispose() => _scene.Dispose();

    private static Tensor Activate(string activation, Tensor x) => activation switch
    {
        "relu" => nn.functional.relu(x),
        "gelu" => nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
        _ => nn.functional.silu(x),
    };

    private static GpuActivation KernelOf(string activation) => activation switch
    {
        "relu" => GpuActivation.Relu,
        "gelu" => GpuActivation.GeluTanh,
        _ => GpuActivation.Silu,
    };
}
