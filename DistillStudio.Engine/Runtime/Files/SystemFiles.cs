using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>What the system says of itself under <c>/proc</c> and <c>/sys</c>: files without a length, which <see cref="PlainFile"/> refuses.</summary>
public static class SystemFiles
{
    /// <param name="path">Absolute, links resolved.</param>
    public static bool IsOne(string path) =>
        !OperatingSystem.IsWindows() && (path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/sys/", StringComparison.Ordinal));

    /// <summary>The lines of a file under <c>/proc</c> or <c>/sys</c>; none where the system has no such file.</summary>
    public static IEnumerable<string> ReadLines(string path)
    {
        if (!IsOne(path))
        {
            throw new ArgumentException($"{path} is not the system's own.", nameof(path));
        }

#pragma warning disable RS0030 // made by the kernel, not by a person
        return File.Exists(path) ? File.ReadLines(path) : [];
#pragma warning restore RS0030
    }
}
