using System.Runtime.InteropServices;
using System.Text;

namespace DistillStudio.Engine.Runtime;

/// <summary>
/// Opens files that come from outside: ordinary ones only. A named pipe would hold its reader for ever, and a device never ends.
/// All is told as an <see cref="IOException"/> whose message goes into the reader's own sentence.
/// </summary>
public static partial class PlainFile
{
    private const int WorkingFolder = -100; // AT_FDCWD
    private const uint TypeMask = 1; // STATX_TYPE
    private const int StatxBytes = 256;
    private const int ModePlace = 28;
    private const int TypeBits = 0xF000;
    private const int Ordinary = 0x8000;
    private const int Folder = 0x4000;

    /// <exception cref="IOException">It is missing, or a folder, a pipe, a socket or a device, or the system's own.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream OpenRead(string path, FileShare share = FileShare.Read, int bufferSize = 4096)
    {
        if (WhyNot(path) is { } why)
        {
            throw new IOException(why);
        }

        return new FileStream(path, FileMode.Open, FileAccess.Read, share, bufferSize);
    }

    /// <param name="path">An ordinary file.</param>
    /// <param name="limit">Bytes it may have.</param>
    /// <exception cref="IOException">As for <see cref="OpenRead"/>, or it is larger.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadAllBytes(string path, int limit)
    {
        using FileStream file = OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (file.Length > limit)
        {
            throw new IOException($"it has {file.Length:N0} bytes, more than the {limit:N0} that are allowed");
        }

        byte[] bytes = new byte[file.Length];
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>UTF-8, with or without a byte order mark.</summary>
    /// <inheritdoc cref="ReadAllBytes"/>
    public static string ReadAllText(string path, int limit)
    {
        using var reader = new StreamReader(new MemoryStream(ReadAllBytes(path, limit)), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Null for an ordinary file, and for one that is not there: opening it says so better.</summary>
    private static string? WhyNot(string path)
    {
        string real = File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target ? target.FullName : Path.GetFullPath(path);
        if (!OperatingSystem.IsWindows() && (real.StartsWith("/proc/", StringComparison.Ordinal) || real.StartsWith("/sys/", StringComparison.Ordinal)))
        {
            return "it is the system's own, not a file of data";
        }

        return Directory.Exists(path) ? "it is a folder, not a file" : TypeOf(path) is not (null or Ordinary or Folder) ? "it is a pipe, a socket or a device, not a file" : null;
    }

    /// <summary>The type bits of its mode; null where the system does not tell (only Linux is asked: elsewhere such files are no matter of a data folder).</summary>
    private static int? TypeOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        byte[] about = new byte[StatxBytes];
        try
        {
            return Statx(WorkingFolder, path, 0, TypeMask, about) == 0 ? BitConverter.ToUInt16(about, ModePlace) & TypeBits : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a C library older than the call
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] about);
}
