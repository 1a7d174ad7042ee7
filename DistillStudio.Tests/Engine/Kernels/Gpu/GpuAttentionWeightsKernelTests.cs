using DistillStudio.Engine.Kernels.Gpu;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Kernels.Gpu;

public sealed class GpuAttentionWeightsKernelTests : IDisposable
{
    private const int Heads = 2;

    private readonly GpuScene _scene = new();

    [Theory]
    [InlineData(new[] { 4 }, new[] { 4 }, 4, 4, true)]
    [InlineData(new[] { 3, 0, 5 }, new[] { 6, 2, 0 }, 5, 7, false)]
    [InlineData(new[] { 1, 2 }, new[] { 300, 259 }, 3, 301, false)] // more than a group holds
    [InlineData(new[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, new[] { 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2 }, 1, 3, false)] // more than parts
    public void ForwardAndBackward_RowsOfUnequalLength_AgreeWithLibtorch(int[] queries, int[] keys, int q, int k, bool isCausal)
    {
        Tensor scores = _scene.Random(queries.Length, Heads, q, k);
        Tensor gradient = _scene.Random(queries.Length, Heads, q, k);
        Tensor table = _scene.Random(4, Heads);
        AttentionMap map = Map(queries, keys, q, k, isCausal);
        MaskSource source = Source(queries.Length);
        var mask = new GpuMask(3, GpuScene.Rate);
        var libtorch = new TorchOperations();
        (Tensor expected, Tensor unused) = libtorch.AttentionWeights(scores, table, map, source, mask);
        (Tensor slopes, Tensor? tableSlopes) = libtorch.AttentionWeightsBackward(scores, table, map, source, mask, gradient, unused);

        (Tensor dropped, Tensor statistics) = _scene.Operations.AttentionWeights(scores, table, map, source, mask);
        (Tensor own, Tensor? ownTable) = _scene.Operations.AttentionWeightsBackward(
            scores, table, map, source, mask, gradient, statistics);

        GpuScene.AssertClose(expected, dropped);
        GpuScene.AssertClose(slopes, own);
        GpuScene.AssertClose(tableSlopes!, ownTable!, 1e-4);
    }

    [Fact]
    public void Forward_WithoutDropout_AddsUpToOneForEachQueryWithKeys()
    {
        Tensor scores = _scene.Random(ScalarType.Float32, 1e4, 2, Heads, 3, 5); // far apart, as in an untrained head
        AttentionMap map = Map([3, 2], [5, 1], 3, 5, isCausal: false);

        (Tensor dropped, Tensor _) = _scene.Operations.AttentionWeights(scores, null, map with { Buckets = null }, Source(2), GpuMask.None);

        GpuScene.AssertClose(
            tensor([1f, 1, 1, 1, 1, 0]).view(2, 1, 3).expand(2, Heads, 3), dropped.sum([-1L]));
    }

    [Fact]
    public void Backward_Twice_HasTheSameBits()
    {
        Tensor scores = _scene.Random(ScalarType.BFloat16, 1, 3, Heads, 4, 4);
        AttentionMap map = Map([4, 3, 2], [4, 3, 2], 4, 4, isCausal: true);
        Tensor table = _scene.Random(4, Heads);
        (Tensor dropped, Tensor statistics) = _scene.Operations.AttentionWeights(scores, table, map, Source(3), GpuMask.None);
        (Tensor Scores, Tensor? Table) Once() => _scene.Operations.AttentionWeightsBackward(
            scores, table, map, Source(3), GpuMask.None, dropped, statistics);
        ((Tensor first, Tensor? firstTable), (Tensor second, Tensor? secondTable)) = (Once(), Once());

        Assert.Equal(ScalarType.BFloat16, first.dtype);
        GpuScene.AssertEqual(first, second);
        GpuScene.AssertEqual(firstTable!, secondTable!);
    }

    [Fact]
    public void Forward_LauncherOfLargeGroups_LaunchesNoMoreWarpsThanHaveMemory()
    {
        using var launcher = new LargeGroups();
        Tensor scores = _scene.Random(3, Heads, 4, 4);
        new GpuOperations(launcher).AttentionWeights(scores, null, Map([4, 4, 4], [4, 4, 4], 4, 4, true), Source(3), GpuMask.None);

        Assert.Equal((3, 256), Assert.Single(launcher.Sizes)); // 24 rows, a warp each
    }

    public void Dispose() => _scene.Dispose();

    private sealed class LargeGroups : IKernelLauncher
    {
        public List<(int Groups, int Threads)> Sizes { get; } = [];

        public int ThreadsFor(int width) => 1024;

        public void Launch(GpuKernel kernel, int groups, int threads, params ReadOnlySpan<KernelArgument> arguments) =>
            Sizes.Add((groups, threads));

        public void Dispose()
        {
        }
    }

    private static MaskSource Source(int sequences) =>
        new(arange(0xFFFF00, 0xFFFF00 + sequences, ScalarType.Int64), GpuScene.Source(1).Seed);

    private static AttentionMap Map(int[] queries, int[] keys, int q, int k, bool isCausal)
    {
        SequenceRows RowsOf(int[] lengths, int length) => new(
            empty(0, ScalarType.Int64), tensor((long[])[0, .. lengths.Select((_, i) => (long)lengths.Take(i + 1).Sum())]), length);
        return new(RowsOf(queries, q), RowsOf(keys, k), tensor([3L, 1, 0, 2, 2]), Heads, isCausal);
    }
}
