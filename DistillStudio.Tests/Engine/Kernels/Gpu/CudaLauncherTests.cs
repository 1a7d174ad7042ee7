using System.Buffers.Binary;
using DistillStudio.Engine.Kernels.Gpu;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class CudaLauncherTests
{
    private static readonly GpuKernel Columns = GpuKernel.Of(typeof(GpuNormKernel), nameof(GpuNormKernel.SumColumns));

    [Fact]
    public void Launch_Twice_LoadsOnceAndPassesAddressesAndNumbersAsPtxLaysThemOut()
    {
        using DisposeScope scope = NewDisposeScope();
        var driver = new RecordingDriver();
        using var launcher = new CudaLauncher(driver, new PtxCompiler(new(8), null));
        (Tensor parts, Tensor sums) = (zeros(3, 5), zeros(5));
        for (int i = 0; i < 2; i++)
        {
            launcher.Launch(
                Columns, 5, launcher.ThreadsFor(3), KernelArgument.Of(parts), KernelArgument.Of(sums), KernelArgument.None<ushort>(),
                KernelArgument.Of(-7), KernelArgument.Of(1.5f), KernelArgument.Of(new GpuMask(4, 0.5)));
        }

        Assert.Contains("SumColumns", Assert.Single(driver.Loaded).EntryPoint, StringComparison.Ordinal);
        Assert.Equal(2, driver.Launches.Count);
        Assert.Equal((5, 32), driver.Launches[1].Size);
        byte[][] arguments = driver.Launches[1].Arguments;
        Assert.Equal(6, arguments.Length);
        Assert.Equal(TensorMemory.AddressOf(parts), BinaryPrimitives.ReadInt64LittleEndian(arguments[0]));
        Assert.Equal(15, BinaryPrimitives.ReadInt64LittleEndian(arguments[0].AsSpan(8)));
        Assert.Equal(TensorMemory.AddressOf(sums), BinaryPrimitives.ReadInt64LittleEndian(arguments[1]));
        Assert.All(arguments[2], value => Assert.Equal(0, value));
        Assert.Equal(-7, BinaryPrimitives.ReadInt32LittleEndian(arguments[3]));
        Assert.Equal(1.5f, BinaryPrimitives.ReadSingleLittleEndian(arguments[4]));
        Assert.Equal(4, BinaryPrimitives.ReadInt32LittleEndian(arguments[5])); // site, threshold, scale
        Assert.Equal(1u << 31, BinaryPrimitives.ReadUInt32LittleEndian(arguments[5].AsSpan(4)));
        Assert.Equal(2, BinaryPrimitives.ReadSingleLittleEndian(arguments[5].AsSpan(8)));
    }

    [Fact]
    public void Launch_NoGroups_AsksTheDriverForNothing()
    {
        var driver = new RecordingDriver();
        using var launcher = new CudaLauncher(driver, new PtxCompiler(new(8), null));
        launcher.Launch(Columns, 0, 32);

        Assert.Empty(driver.Loaded);
        Assert.Empty(driver.Launches);
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(130, 64)]
    [InlineData(768, 192)]
    [InlineData(32128, 256)]
    public void ThreadsFor_Width_IsWholeWarps(int width, int threads)
    {
        using var launcher = new CudaLauncher(new RecordingDriver(), new PtxCompiler(new(8), null));

        Assert.Equal(threads, launcher.ThreadsFor(width));
    }

    [Fact]
    public void Of_TensorThatNoKernelReads_IsRejected()
    {
        using DisposeScope scope = NewDisposeScope();

        Assert.Throws<ArgumentException>(() => KernelArgument.Of(zeros(2, 3).t()));
        Assert.Throws<ArgumentException>(() => KernelArgument.Of(zeros(2, ScalarType.Float64)));
    }

    [Fact]
    public void Find_WithoutADriver_SaysSo()
    {
        Assert.SkipWhen(LibTorch.IsNvidiaDriverPresent, "This machine has one.");

        Assert.Null(CudaDriver.Find(0, out string? whyNot));
        Assert.Equal("no NVIDIA driver is installed", whyNot);
    }

    private sealed class RecordingDriver : ICudaDriver
    {
        public List<PtxModule> Loaded { get; } = [];

        public List<((int Groups, int Threads) Size, byte[][] Arguments)> Launches { get; } = [];

        public nint Load(PtxModule module)
        {
            Loaded.Add(module);
            return Loaded.Count;
        }

        public void Launch(nint function, int groups, int threads, ReadOnlySpan<byte> arguments, int count)
        {
            Assert.Equal(count * KernelArgument.Bytes, arguments.Length);
            Assert.InRange(function, 1, Loaded.Count);
            Launches.Add(((groups, threads), [.. arguments.ToArray().Chunk(KernelArgument.Bytes)]));
        }
    }
}
