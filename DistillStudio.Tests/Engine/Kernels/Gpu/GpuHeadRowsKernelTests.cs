using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuHeadRowsKernelTests : IDisposable
{
    private readonly GpuScene _scene = new();

    [Theory]
    [InlineData(new[] { 3 }, 3, ScalarType.Float32)]
    [InlineData(new[] { 1, 4, 0, 2 }, 5, ScalarType.Float32)] // even the longest is padded
    [InlineData(new[] { 2, 3 }, 3, ScalarType.BFloat16)]
    [InlineData(new[] { 0, 0 }, 2, ScalarType.BFloat16)]
    public void Gather_ThenScatter_PadsAndReturnsThePackedRows(int[] lengths, int length, ScalarType type)
    {
        const int Heads = 3;
        const int Width = 5;
        long[] starts = [0, .. lengths.Select((_, i) => (long)lengths.Take(i + 1).Sum())];
        Tensor packed = _scene.Random(type, 1, starts[^1], Heads * Width);
        Tensor padded = _scene.Operations.GatherHeads(packed, tensor(starts), length, Heads);

        Tensor expected = zeros([lengths.Length, Heads, length, Width], type);
        for (int i = 0; i < lengths.Length; i++)
        {
            Tensor own = packed.narrow(0, starts[i], lengths[i]).view(lengths[i], Heads, Width);
            expected[i].narrow(1, 0, lengths[i]).copy_(own.transpose(0, 1));
        }

        GpuScene.AssertEqual(expected, padded);
        GpuScene.AssertEqual(packed, _scene.Operations.ScatterHeads(padded, tensor(starts), starts[^1]));
    }

    public void Dispose() => _scene.Dispose();
}
