using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class BlockTransposeTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(50)]
    public void Run_AnyStride_PutsRowsIntoColumns(int stride)
    {
        float[] block = [.. Enumerable.Range(0, BlockTranspose.Size).Select(i => (float)i)];
        float[] to = new float[Lanes.Count * stride];
        fixed (float* blockData = block, toData = to)
        {
            BlockTranspose.Run(blockData, toData, stride);
        }

        for (int row = 0; row < Lanes.Count; row++)
        {
            Assert.Equal(Enumerable.Range(0, Lanes.Count).Select(column => (float)((column * Lanes.Count) + row)), to[(row * stride)..((row * stride) + 16)]);
            Assert.All(to[((row * stride) + 16)..((row + 1) * stride)], between => Assert.Equal(0, between));
        }
    }
}
