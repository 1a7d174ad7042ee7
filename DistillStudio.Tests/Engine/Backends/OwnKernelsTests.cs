using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Backends;

public sealed class OwnKernelsTests
{
    [Fact]
    public void Open_OnTheCpu_IsNoneAndSaysNothing()
    {
        using var folder = new TempFolder();

        Assert.Null(OwnKernels.Open(CPU, new StudioHome(folder.Path), report => Assert.Fail(report), usesAttention: true));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void FindLauncher_WithoutADriver_SaysWhy()
    {
        Assert.SkipWhen(LibTorch.IsNvidiaDriverPresent, "This machine has one.");
        using var folder = new TempFolder();

        Assert.Null(OwnKernels.FindLauncher(0, new StudioHome(folder.Path), out string? whyNot));
        Assert.Equal("no NVIDIA driver is installed", whyNot);
    }

    [Fact]
    public void Open_KernelsThatAgree_AreAllUsed()
    {
        using OwnKernels? kernels = OwnKernels.Open(CPU, new SimulatedLauncher(), report => Assert.Fail(report));

        Assert.NotNull(kernels);
        Assert.Empty(kernels.Operations.LeftOut);
    }

    [Fact]
    public void Open_KernelThatFails_IsLeftOutWithOneSentenceAndTheOthersStay()
    {
        var reports = new List<string>();
        using OwnKernels? kernels = OwnKernels.Open(CPU, new PartialLauncher("GpuNormKernel.Backward"), reports.Add);

        Assert.Equal([FusedOperation.Norm], kernels!.Operations.LeftOut);
        Assert.Equal(
            "The GPU kernels of residual and norm are not used, libtorch's operators take their place: CUDA_ERROR_INVALID_PTX",
            Assert.Single(reports));
    }

    /// <summary>A kernel that fails may leave a GPU unusable for the process.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_AttentionWantedOrNot_LaunchesItsKernelsOnlyIfItIs(bool usesAttention)
    {
        var launcher = new PartialLauncher("none");
        using OwnKernels? kernels = OwnKernels.Open(CPU, launcher, report => Assert.Fail(report), usesAttention);

        Assert.Equal(usesAttention, kernels!.HasAttention);
        Assert.Equal(usesAttention, launcher.Launched.Any(name => name.StartsWith(nameof(GpuAttentionKernel), StringComparison.Ordinal)));
        Assert.Contains(launcher.Launched, name => name.StartsWith(nameof(GpuNormKernel), StringComparison.Ordinal));
    }

    [Fact]
    public void Open_NoKernelWorks_IsNone()
    {
        var reports = new List<string>();

        Assert.Null(OwnKernels.Open(CPU, new PartialLauncher(""), reports.Add));
        Assert.Equal(Enum.GetValues<FusedOperation>().Length, reports.Count);
    }

    private sealed class PartialLauncher(string failing) : IKernelLauncher
    {
        private readonly SimulatedLauncher _inner = new();

        internal HashSet<string> Launched { get; } = [];

        public int ThreadsFor(int width) => _inner.ThreadsFor(width);

        public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments)
        {
            if (kernel.Name.StartsWith(failing, StringComparison.Ordinal))
            {
                throw new StudioException("CUDA_ERROR_INVALID_PTX");
            }

            Launched.Add(kernel.Name);
            _inner.Launch(kernel, groups, threads, arguments);
        }

        public void Dispose() => _inner.Dispose();
    }
}
