using DistillStudio.Engine.Kernels.Gpu;
using ILGPU;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Emulation;

/// <summary>Each wrong kernel here does what a GPU would let pass most of the time.</summary>
public sealed class EmulatedDriverTests : IDisposable
{
    private const int Threads = 64;

    private readonly EmulatedLauncher _launcher = new();
    private readonly Tensor _numbers = arange(Threads, ScalarType.Float32);

    [Fact]
    public void Launch_ReadsWhatOthersWroteAfterABarrier_ReversesTheGroup()
    {
        Launch(nameof(Reverse));

        Assert.Equal(Enumerable.Range(0, Threads).Reverse().Select(i => (float)i), _numbers.data<float>());
    }

    [Theory]
    [InlineData(nameof(ReverseWithoutBarrier), "reads what nobody wrote")]
    [InlineData(nameof(ReadNeighbour), "writes what thread")]
    [InlineData(nameof(WriteOnePlace), "writes what thread 0 of group 0 writes")]
    [InlineData(nameof(WriteBeyond), "is outside of all views")]
    [InlineData(nameof(MeetApart), "is not where thread 0 of group 0 waits")]
    [InlineData(nameof(ShuffleApart), "is not where thread 0 of group 0 waits")]
    public void Launch_OfAWrongKernel_Fails(string kernel, string problem)
    {
        Exception failure = Assert.ThrowsAny<Exception>(() => Launch(kernel));

        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_TwoGroupsWriteOnePlace_Fails()
    {
        Exception failure = Assert.ThrowsAny<Exception>(() => Launch(nameof(Reverse), groups: 2));

        Assert.Contains("thread 0 of group 1", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _launcher.Dispose();
    }

    internal static void Reverse(ArrayView<float> numbers)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
        shared[Group.IdxX] = numbers[Group.IdxX];
        Group.Barrier();
        numbers[Group.IdxX] = shared[Group.DimX - 1 - Group.IdxX];
    }

    internal static void ReverseWithoutBarrier(ArrayView<float> numbers)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
        shared[Group.IdxX] = numbers[Group.IdxX];
        numbers[Group.IdxX] = shared[Group.DimX - 1 - Group.IdxX];
    }

    internal static void ReadNeighbour(ArrayView<float> numbers)
    {
        int next = (Group.IdxX + 1) % Group.DimX;
        numbers[Group.IdxX] = numbers[next];
    }

    internal static void WriteOnePlace(ArrayView<float> numbers) => numbers[0] = Group.IdxX;

    internal static void WriteBeyond(ArrayView<float> numbers) => numbers[Group.IdxX + 1] = 0;

    internal static void MeetApart(ArrayView<float> numbers)
    {
        if (Group.IdxX < Threads / 2)
        {
            Group.Barrier();
            numbers[0] = 0;
        }
        else
        {
            Group.Barrier();
        }
    }

    internal static void ShuffleApart(ArrayView<float> numbers)
    {
        if (Warp.LaneIdx < 3)
        {
            numbers[Group.IdxX] = Warp.ShuffleXor(numbers[Group.IdxX], 1);
        }
    }

    private void Launch(string kernel, int groups = 1) => _launcher.Launch(
        GpuKernel.Of(typeof(EmulatedDriverTests), kernel), groups, Threads, KernelArgument.Of(_numbers));
}
