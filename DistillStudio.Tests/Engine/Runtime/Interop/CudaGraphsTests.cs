using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;
using Function = DistillStudio.Engine.Runtime.Interop.CudaLibrary.Function;

namespace DistillStudio.Tests.Engine.Runtime.Interop;

/// <summary>
/// The calls by name, against a library that is compiled here and exports the same C++ functions: their names, how arguments and results
/// are passed, and what becomes of each failure. Skipped where there is no C++ compiler.
/// </summary>
public sealed unsafe class CudaGraphsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CudaLibrary _cuda;
    private readonly delegate* unmanaged<int, int, void> _set;
    private readonly delegate* unmanaged<int, nint> _get;

    public CudaGraphsTests()
    {
        Assert.SkipUnless(NativeGuard.IsAvailable, "Needs Linux on an x64 processor.");
        Assert.SkipUnless(Compile(_folder["stand-in.so"]), "Needs a C++ compiler.");
        nint library = NativeLibrary.Load(_folder["stand-in.so"]);
        _cuda = new(CudaLibrary.Names.ToDictionary(each => each.Function, each => NativeLibrary.GetExport(library, each.Names[0])));
        _set = (delegate* unmanaged<int, int, void>)NativeLibrary.GetExport(library, "stand_in_set");
        _get = (delegate* unmanaged<int, nint>)NativeLibrary.GetExport(library, "stand_in_get");
    }

    private enum Fact
    {
        Mode,
        PoolBegun,
        Alive,
        Replays,
        Capturing,
        CurrentStream,
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stream_OfThePool_BecomesCurrent()
    {
        NativeGuard.Pair stream = NativeGuard.Call(_cuda[Function.StreamFromPool], 0, 2);
        NativeGuard.Call(_cuda[Function.SetCurrentStream], stream.First, stream.Second);

        Assert.Equal(2005, Of(Fact.CurrentStream));
        Assert.Equal(2005, NativeGuard.Call(_cuda[Function.StreamHandle], (nint)(&stream)).First);
        Assert.Equal(
            "no such device\nframe #0",
            Assert.Throws<NativeException>(() => NativeGuard.Call(_cuda[Function.StreamFromPool], 0, 9)).Message);
        Assert.Equal((CudaLibrary.Success, 101), (_cuda.Call(Function.SetDevice, 2), _cuda.Call(Function.SetDevice, 3)));
    }

    [Fact]
    public void Capture_Work_RecordsItInOnePoolForThisThreadAlone()
    {
        var graphs = new CudaGraphs(_cuda, 2005, CPU);
        nint during = 0;
        ICapturedGraph first = graphs.Capture(() => during = Of(Fact.Capturing));
        Assert.Equal((1, 0), (during, Of(Fact.Capturing)));
        Assert.Equal((1, 0), (Of(Fact.Mode), Of(Fact.PoolBegun)));
        ICapturedGraph second = graphs.Capture(() => { });
        Assert.Equal(7, Of(Fact.PoolBegun)); // that of the first
        first.Replay();
        second.Replay();
        first.Replay();
        Assert.Equal(3, Of(Fact.Replays));
        Assert.InRange(graphs.Bytes, 2000, 10_000);

        first.Dispose();
        first.Dispose();
        second.Dispose();
        Assert.Equal(0, Of(Fact.Alive));
        graphs.Capture(() => { }).Dispose();
        Assert.Equal(0, Of(Fact.PoolBegun)); // the earlier pool went with its last graph
    }

    [Fact]
    public void Capture_WorkFails_EndsTheRecordingAndFreesIt()
    {
        var graphs = new CudaGraphs(_cuda, 2005, CPU);

        Assert.Equal(
            NativeErrors.NoRoomForGraphs,
            FailureOf(graphs, () => throw new NativeException("CUDA out of memory. Tried to allocate 2.00 GiB.\nframe #0")));
        Assert.Equal("not during a recording", FailureOf(graphs, () => throw new NativeException("not during a recording.\nframe #0")));
        Assert.Equal((0, 0), (Of(Fact.Capturing), Of(Fact.Alive)));
        graphs.Capture(() => { }).Replay();
        Assert.Equal(1, Of(Fact.Replays));
    }

    [Fact]
    public void Capture_RecordingBreaks_LeavesTheStreamUsable()
    {
        var graphs = new CudaGraphs(_cuda, 2005, CPU);

        _set(0, 1); // the next end fails
        Assert.Equal("CUDA error: operation failed due to a previous error during capture", FailureOf(graphs, () => { }));
        Assert.Equal("another call to the GPU invalidated the recording", FailureOf(graphs, () => _set(2, 2)));
        Assert.Equal(0, Of(Fact.Capturing));
        graphs.Capture(() => { }).Replay();
        Assert.Equal(1, Of(Fact.Replays));
    }

    [Fact]
    public void Replay_GpuIsLost_ThrowsWhatItReports()
    {
        var graphs = new CudaGraphs(_cuda, 2005, CPU);
        using ICapturedGraph graph = graphs.Capture(() => { });
        _set(1, 719);

        Assert.Equal("CUDA error: unspecified launch failure", Assert.Throws<NativeException>(graph.Replay).Message);
        Assert.Equal("CUDA error: unspecified launch failure", Assert.Throws<NativeException>(() => graphs.Capture(() => { })).Message);
        Assert.Equal(0, Of(Fact.Replays));
    }

    private static string FailureOf(CudaGraphs graphs, Action work) =>
        Assert.Throws<CaptureFailedException>(() => graphs.Capture(work)).Message;

    private nint Of(Fact fact) => _get((int)fact);

    private static bool Compile(string library)
    {
        try
        {
            string source = Path.Combine(FixtureFolder.Find("cuda"), "stand-in.cpp");
            using Process compiler = Process.Start("c++", ["-shared", "-fPIC", "-O1", "-w", "-o", library, source]);
            compiler.WaitForExit();
            return compiler.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
