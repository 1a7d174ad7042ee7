using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Tests.Engine.Backends.Gpu;

public sealed class GraphCacheTests
{
    private readonly List<string> _notices = [];
    private readonly List<Sum> _created = [];

    [Fact]
    public void Run_SameShape_IsComputedFirstThenRecordedOnceAndReplayed()
    {
        var graphs = new ScriptedGraphs();
        using var cache = new GraphCache(graphs, _notices.Add);
        for (int i = 1; i <= 6; i++)
        {
            Assert.Equal(10 * i, Add(cache, "a", i));
            Assert.Equal(i <= GraphCache.WarmUp ? 0 : 1, graphs.Captures);
        }

        Assert.Equal(6 - GraphCache.WarmUp, graphs.Replays);
        Assert.Equal(6, Assert.Single(_created).Computed);
        Assert.Empty(_notices);
    }

    [Fact]
    public void Run_WithoutGraphs_ComputesEachTime()
    {
        using var cache = new GraphCache(null, _notices.Add);
        for (int i = 1; i <= 5; i++)
        {
            Assert.Equal(10 * i, Add(cache, "a", i));
        }

        Assert.False(cache.IsCapturing);
        Assert.Empty(_notices);
    }

    [Fact]
    public void Run_MoreShapesThanFit_DropsThoseNotUsedForLongest()
    {
        var graphs = new ScriptedGraphs();
        var cache = new GraphCache(graphs, _notices.Add, most: 2);
        foreach (string key in (string[])["a", "a", "a", "b", "b", "b", "a", "c", "c", "c"])
        {
            Add(cache, key, 1);
        }

        Assert.Equal(["a:kept", "b:disposed", "c:kept"], _created.Select(sum => $"{sum.Key}:{(sum.IsDisposed ? "disposed" : "kept")}"));
        Assert.Equal((3, 2), (graphs.Captures, graphs.Living));
        Add(cache, "b", 1); // starts anew: computed, not replayed
        Assert.Equal((3, 1), (graphs.Captures, graphs.Living));
        cache.Dispose();
        Assert.Equal(0, graphs.Living);
        Assert.All(_created, sum => Assert.True(sum.IsDisposed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_RecordingFails_DropsGraphsAndComputesFromThenOn(int failsAt)
    {
        var graphs = new ScriptedGraphs(failsAt, "the GPU's memory does not suffice for them");
        using var cache = new GraphCache(graphs, _notices.Add);
        for (int i = 1; i <= 12; i++)
        {
            Assert.Equal(10 * i, Add(cache, i % 2 == 0 ? "a" : "b", i));
        }

        Assert.Equal((failsAt, 0), (graphs.Captures, graphs.Living));
        Assert.False(cache.IsCapturing);
        Assert.Equal(
            "CUDA graphs are off for the rest of this run, which continues more slowly with the same results: "
                + "the GPU's memory does not suffice for them.", Assert.Single(_notices));
    }

    [Fact]
    public void Run_ReplayFails_ThrowsWhatTheGpuSaid()
    {
        var graphs = new ScriptedGraphs();
        using var cache = new GraphCache(graphs, _notices.Add);
        for (int i = 0; i <= GraphCache.WarmUp; i++)
        {
            Add(cache, "a", 1);
        }

        graphs.Failure = new NativeException("CUDA error: unspecified launch failure");

        Assert.Same(graphs.Failure, Assert.Throws<NativeException>(() => Add(cache, "a", 1)));
    }

    [Fact]
    public void Run_WorkFails_ThrowsItsError()
    {
        using var cache = new GraphCache(null, _notices.Add);

        Assert.Throws<InvalidDataException>(() => cache.Run("a", () => new Sum("a"), _ => { }, _ => throw new InvalidDataException()));
    }

    private double Add(GraphCache cache, string key, int value) => cache.Run(
        key,
        () =>
        {
            _created.Add(new(key));
            return _created[^1];
        },
        sum => sum.Input = value,
        sum => sum.Compute()).Output;

    private sealed class Sum(string key) : IDisposable
    {
        public string Key => key;

        public int Input { get; set; }

        public int Output { get; private set; }

        public int Computed { get; private set; }

        public bool IsDisposed { get; private set; }

        public void Compute()
        {
            Assert.False(IsDisposed);
            Output = 10 * Input;
            Computed++;
        }

        public void Dispose() => IsDisposed = true;
    }
}
