
namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// Reads the system's files under <c>/proc</c> and <c>/sys</c>, which have no length and are rejected by <see cref="PlainFile"/>.
/// </summary>
public static class SystemFiles
{
    /// <param name="path">Absolute path with links resolved.</param>
    public static bool IsOne(string path) =>
        !OperatingSystem.IsWindows()
            && (path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/sys/", StringComparison.Ordinal));

    /// <summary>Returns the lines of a file under <c>/proc</c> or <c>/sys</c>; none if there is no such file.</summary>
    public static IEnumerable<string> ReadLines(string path)
    {
        if (!IsOne(path))
        {
            throw new ArgumentException($"{path} is not a system file.", nameof(path));
        }

#pragma warning disable RS0030 // created by the kernel, not by a user
        return File.Exists(path) ? File.ReadLines(path) : [];
#pragma warning restore RS0030
    }
}
