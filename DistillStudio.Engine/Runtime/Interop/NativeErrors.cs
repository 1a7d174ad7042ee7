using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Interprets libtorch's exceptions: a sentence for the user and details for the log.</summary>
public static class NativeErrors
{
    /// <summary>Begins libtorch's messages on a failed GPU.</summary>
    internal const string GpuFailure = "CUDA error";

    /// <summary>Why graphs are given up if memory runs out.</summary>
    internal const string NoRoomForGraphs = "the GPU's memory does not suffice for them";

    /// <summary>Returns true if the CPU or the GPU ran out of memory.</summary>
    public static bool IsOutOfMemory(Exception e) =>
        e is OutOfMemoryException
        || (e is ExternalException && (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("DefaultCPUAllocator", StringComparison.Ordinal)));

    /// <summary>Returns true if the GPU failed, or its driver lost it (<c>Xid</c> in the system's log).</summary>
    public static bool IsGpuFailure(Exception e) =>
        e is ExternalException && (e.Message.Contains(GpuFailure, StringComparison.Ordinal)
            || e.Message.Contains("CUDA driver error", StringComparison.Ordinal)
            || e.Message.Contains("cuDNN error", StringComparison.Ordinal));

    /// <summary>Returns the first line of a native message; the rest are C++ stack frames.</summary>
    public static string FirstLine(Exception e) => e.Message.Split('\n')[0].Trim();
}
