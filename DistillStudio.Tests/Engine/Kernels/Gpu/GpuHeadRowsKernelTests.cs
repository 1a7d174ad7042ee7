using DistillStudio.Engine.Kernels.Gpu;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuHeadRowsKernelTests : IDisposable
{
    private readonly GpuScene _scene = new();

    [Theory]
    [InlineData(new[] { 3 }, 3, 5, ScalarType.Float32)]
    [InlineData(new[] { 1, 4, 0, 2 }, 5, 5, ScalarType.Float32)] // even the longest is padded
    [InlineData(new[] { 1, 4, 0, 2 }, 5, 6, ScalarType.Float32)] // several numbers at once, and below
    [InlineData(new[] { 2, 3 }, 3, 5, ScalarType.BFloat16)]
    [InlineData(new[] { 2, 0, 3 }, 4, 8, ScalarType.BFloat16)]
    [InlineData(new[] { 0, 0 }, 2, 5, ScalarType.BFloat16)]
    [InlineData(new[] { 0, 0 }, 2, 8, ScalarType.BFloat16)]
    public void Gather_ThenScatter_PadsAndReturnsThePackedRows(int[] lengths, int length, int width, ScalarType type)
    {
        const int Heads = 3;
        long[] starts = [0, .. lengths.Select((_, i) => (long)lengths.Take(i + 1).Sum())];
        Tensor packed = _scene.Random(type, 1, starts[^1], (3 * Heads * width) + (width % 2)).narrow(1, Heads * width, Heads * width);
        Tensor padded = _scene.Operations.GatherHeads(packed, tensor(starts), length, Heads);

        Tensor expected = zeros([lengths.Length, Heads, length, width], type);
        for (int i = 0; i < lengths.Length; i++)
        {
            Tensor own = packed.narrow(0, starts[i], lengths[i]).view(lengths[i], Heads, width);
            expected[i].narrow(1, 0, lengths[i]).copy_(own.transpose(0, 1));
        }

        GpuScene.AssertEqual(expected, padded);
        foreach (IFusedOperations by in (IFusedOperations[])[_scene.Operations, new TorchOperations()])
        {
            Tensor all = ones([starts[^1] + 1, 3 * Heads * width], type);
            by.ScatterHeads(padded, tensor(starts), all.narrow(1, Heads * width, Heads * width));

            Tensor whole = ones_like(all);
            whole.narrow(0, 0, starts[^1]).narrow(1, Heads * width, Heads * width).copy_(packed);
            GpuScene.AssertEqual(whole, all);
        }
    }

    public void Dispose() => _scene.Dispose();
}
