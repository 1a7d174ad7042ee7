using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Training;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Training;

public sealed class KernelTrialRunTests
{
    /// <summary>The steps of the trial take a simulator too long; libtorch's operators stand in for right kernels.</summary>
    [Fact]
    public void CompareKernels_OfStepsThatAgree_FindsNothing() =>
        Assert.Null(GraphTrial.CompareKernels(CPU, Precision.Float32, OwnKernels.Reference));

    [Fact]
    public void CompareKernels_OfAnAdamThatDoesNothing_SaysThatStepsDiffer()
    {
        using OwnKernels kernels = OwnKernels.Open(CPU, new SpoiltLauncher(), _ => { })!;
        Assert.DoesNotContain(FusedOperation.Adam, kernels.Operations.LeftOut);

        Assert.StartsWith(
            "steps by own kernels differ from those by libtorch's operators (", GraphTrial.CompareKernels(CPU, Precision.Float32, kernels),
            StringComparison.Ordinal);
    }

    [Fact]
    public void TryAttention_WithoutItsKernels_SaysSo()
    {
        using OwnKernels kernels = OwnKernels.Open(CPU, new SpoiltLauncher(), _ => { })!;
        Assert.False(kernels.HasAttention);

        Assert.StartsWith(
            "its kernels differ", GraphTrial.TryAttention(CPU, Precision.Float32, null, kernels, _ => { }), StringComparison.Ordinal);
    }

    /// <summary>A simulator takes far longer than libtorch, so that the verdict is certain.</summary>
    [Theory]
    [InlineData(Precision.Float32, "float32")]
    [InlineData(Precision.BFloat16, "bf16")]
    public void AttentionTrial_OnTheSimulator_FindsLibtorchFasterAndMeasuredBothInTheRunsPrecision(Precision precision, string name)
    {
        using OwnKernels kernels = OwnKernels.Open(CPU, new SimulatedLauncher(), report => Assert.Fail(report))!;
        foreach (FusedOperation other in Enum.GetValues<FusedOperation>().Where(operation => operation != FusedOperation.Attention))
        {
            kernels.Operations.LeaveOut(other, null); // would take most of the time on both sides
        }

        string? reason = AttentionTrial.WhyNot(
            CPU, precision, null, kernels, tell => Assert.Fail(tell), SmallT5.Config with { NumLayers = 1, NumDecoderLayers = 1 }, rows: 2);

        Assert.Matches(
            $"^libtorch's products are faster: a {name} step takes [0-9.]+ ms with own attention, [0-9.]+ ms with products$", reason);
        Assert.False(kernels.HasAttention);
    }

    [Theory]
    [InlineData(1.0, 2.0, true)]
    [InlineData(1.0, 1.01, false)] // noise
    [InlineData(2.0, 1.0, false)]
    public void AttentionTrial_Times_AreJudgedWithAMargin(double own, double products, bool isFaster)
    {
        var told = new List<string>();

        Assert.Equal(isFaster, AttentionTrial.Judge(own, products, "times", told.Add) is null);
        Assert.Equal(isFaster ? ["times."] : [], told);
    }

    /// <summary>Refuses all but AdamW, which it runs on small weights only.</summary>
    private sealed class SpoiltLauncher : IKernelLauncher
    {
        private readonly SimulatedLauncher _inner = new();

        public int ThreadsFor(int width) => _inner.ThreadsFor(width);

        public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments)
        {
            if (kernel.Method.DeclaringType != typeof(GpuAdamKernel))
            {
                throw new DistillStudio.Engine.Runtime.StudioException("not here");
            }

            if (arguments[0].Length < 10_000)
            {
                _inner.Launch(kernel, groups, threads, arguments);
            }
        }

        public void Dispose() => _inner.Dispose();
    }
}
