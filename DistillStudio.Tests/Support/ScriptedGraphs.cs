using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Tests.Support;

/// <summary>Stands in for CUDA's graphs: keeps the work instead of running it, and runs it when replayed.</summary>
/// <param name="failsAt">The recording that fails, from 1; 0 for none.</param>
/// <param name="reason">What that recording says.</param>
internal sealed class ScriptedGraphs(int failsAt = 0, string reason = "no room") : ICudaGraphs
{
    public int Captures { get; private set; }

    public int Replays { get; private set; }

    /// <summary>Graphs that are not disposed.</summary>
    public int Living { get; private set; }

    public long Bytes => 1000 * Captures;

    /// <summary>Makes every replay fail, as on a GPU that is lost.</summary>
    public Exception? Failure { get; set; }

    public ICapturedGraph Capture(Action work)
    {
        Captures++;
        if (Captures == failsAt)
        {
            throw new CaptureFailedException(reason);
        }

        Living++;
        return new Graph(this, work);
    }

    private sealed class Graph(ScriptedGraphs owner, Action work) : ICapturedGraph
    {
        private bool _isDisposed;

        public void Replay()
        {
            Assert.False(_isDisposed, "A dropped graph was replayed.");
            owner.Replays++;
            if (owner.Failure is { } failure)
            {
                throw failure;
            }

            work();
        }

        public void Dispose()
        {
            Assert.False(_isDisposed, "A graph was dropped twice.");
            _isDisposed = true;
            owner.Living--;
        }
    }
}
