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
            int start = row * stride;
            Assert.Equal(
                Enumerable.Range(0, Lanes.Count).Select(column => (float)((column * Lanes.Count) + row)), to[start..(start + Lanes.Count)]);
            Assert.All(to[(start + Lanes.Count)..(start + stride)], between => Assert.Equal(0, between));
        }
    }
}
