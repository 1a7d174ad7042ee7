using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>Turns what libtorch throws into a sentence for a person and the rest for the log.</summary>
public static class NativeErrors
{
    /// <summary>True where memory ran out, on the CPU or the GPU.</summary>
    public static bool IsOutOfMemory(Exception e) =>
        e is OutOfMemoryException
        || (e is ExternalException && (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("DefaultCPUAllocator", StringComparison.Ordinal)));

    /// <summary>The first line of a native message; what follows are C++ frames.</summary>
    public static string FirstLine(Exception e) => e.Message.Split('\n')[0].Trim();
}
