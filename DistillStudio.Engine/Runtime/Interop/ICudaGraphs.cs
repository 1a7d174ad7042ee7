namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Records work on a GPU as graphs that are replayed with one call each. Belongs to one thread and its stream.</summary>
internal interface ICudaGraphs
{
    /// <summary>Memory of the device that recordings have taken so far, in bytes.</summary>
    long Bytes { get; }

    /// <summary>Records the kernels that the work launches, without running them.</summary>
    /// <param name="work">Reads and writes only memory at addresses that stay valid, and waits for nothing.</param>
    /// <exception cref="CaptureFailedException">The work cannot be recorded; nothing was computed, and the device remains
    /// usable.</exception>
    ICapturedGraph Capture(Action work);
}

/// <summary>Recorded work. Disposing releases its memory.</summary>
internal interface ICapturedGraph : IDisposable
{
    /// <summary>Queues the recorded work on the stream of the thread.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The GPU failed.</exception>
    void Replay();
}

/// <summary>Work could not be recorded as a graph.</summary>
/// <param name="reason">Completes a sentence after a colon, without a full stop.</param>
/// <param name="cause">The error, if it was an exception.</param>
internal sealed class CaptureFailedException(string reason, Exception? cause = null) : Exception(reason, cause);
