using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// Opens files; all code opens files through this class. Accepts plain files only, since opening a named pipe blocks forever and a device
/// never ends, and only up to a size. Every rejection is an <see cref="IOException"/> whose message completes the caller's sentence.
/// </summary>
public static partial class PlainFile
{
    private const int WorkingFolder = -100; // AT_FDCWD
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: the descriptor itself
    private const uint TypeMask = 1; // STATX_TYPE
    private const uint InodeMask = 0x100; // STATX_INO
    private const int StatxBytes = 256;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int InodeBytes = 8;
    private const int DeviceOffset = 136;
    private const int DeviceBytes = 8;
    private const int TypeBits = 0xF000;
    private const int Ordinary = 0x8000;
    private const int Folder = 0x4000;

    /// <param name="path">Links are followed.</param>
    /// <param name="limit">Maximum size in bytes.</param>
    /// <exception cref="IOException">The file is missing, not a plain file, a system file, or larger than
    /// <paramref name="limit"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not permitted.</exception>
    public static FileStream OpenRead(string path, FileShare share = FileShare.Read, int bufferSize = 4096, long limit = long.MaxValue)
    {
        FileStream file = Open(path, FileMode.Open, FileAccess.Read, share, bufferSize);
        try
        {
            RequireLength(file.Length, limit);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file for reading and writing; creates it if missing.</summary>
    /// <inheritdoc cref="OpenRead"/>
    public static FileStream OpenOrCreate(string path, FileShare share, FileOptions options = FileOptions.None) =>
        Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, bufferSize: 0, options);

    /// <inheritdoc cref="OpenRead"/>
    public static byte[] ReadAllBytes(string path, int limit)
    {
        using FileStream file = OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, limit);
        byte[] bytes = new byte[file.Length];
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>Reads UTF-8 text, with or without a byte order mark.</summary>
    /// <inheritdoc cref="OpenRead"/>
    public static string ReadAllText(string path, int limit)
    {
        using var reader = new StreamReader(new MemoryStream(ReadAllBytes(path, limit)), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <exception cref="JsonException">The content is not JSON of this type, or is null.</exception>
    /// <inheritdoc cref="OpenRead"/>
    public static T ReadJson<T>(string path, int limit, JsonSerializerOptions options)
        where T : class =>
        JsonSerializer.Deserialize<T>(ReadAllText(path, limit), options) ?? throw new JsonException("it holds null");

    /// <summary>Throws unless the file is missing or accepted by <see cref="OpenRead"/>; for files opened later or by a library.</summary>
    /// <exception cref="IOException">As for <see cref="OpenRead"/>.</exception>
    public static void RequirePlain(string path, long limit = long.MaxValue)
    {
        if (WhyNot(path) is { } why)
        {
            throw new IOException(why);
        }

        if (limit < long.MaxValue && new FileInfo(path) is { Exists: true } file)
        {
            RequireLength(file.Length, limit);
        }
    }

    private static void RequireLength(long length, long limit)
    {
        if (length > limit)
        {
            throw new IOException($"it has {length:N0} bytes, more than the {limit:N0} that are allowed");
        }
    }

    /// <summary>Returns false if the open file was unlinked or replaced since. Returns true if the system does not report it.</summary>
    public static bool IsStillAt(string path, SafeFileHandle opened)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        byte[] there = new byte[StatxBytes];
        byte[] own = new byte[StatxBytes];
        try
        {
            return Statx((int)opened.DangerousGetHandle(), "", EmptyPath, InodeMask, own) != 0
                || (Statx(WorkingFolder, path, 0, InodeMask, there) == 0
                    && own.AsSpan(InodeOffset, InodeBytes).SequenceEqual(there.AsSpan(InodeOffset, InodeBytes))
                    && own.AsSpan(DeviceOffset, DeviceBytes).SequenceEqual(there.AsSpan(DeviceOffset, DeviceBytes)));
        }
        catch (EntryPointNotFoundException)
        {
            return true;
        }
    }

    /// <summary>
    /// Returns device and inode of the file as <c>/proc/locks</c> writes them, such as <c>fd:01:131</c>; null if there is no file, or the
    /// system does not report it.
    /// </summary>
    internal static string? PlaceOf(string path)
    {
        byte[] about = new byte[StatxBytes];
        try
        {
            return OperatingSystem.IsLinux() && Statx(WorkingFolder, path, 0, InodeMask, about) == 0
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{BitConverter.ToUInt32(about, DeviceOffset):x2}:{BitConverter.ToUInt32(about, DeviceOffset + sizeof(uint)):x2}:"
                        + $"{BitConverter.ToUInt64(about, InodeOffset)}")
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // the C library is older than the call
        }
    }

#pragma warning disable RS0030 // the check is above
    private static FileStream Open(
        string path, FileMode mode, FileAccess access, FileShare share, int bufferSize, FileOptions options = FileOptions.None)
    {
        RequirePlain(path);
        return new FileStream(path, mode, access, share, bufferSize, options);
    }
#pragma warning restore RS0030

    /// <summary>Returns null for a plain file, and for a missing one, because opening it gives the better message.</summary>
    private static string? WhyNot(string path)
    {
        if (SystemFiles.IsOne(RealPath(path)))
        {
            return "it is a system file, not a data file";
        }

        return Directory.Exists(path)
            ? "it is a folder, not a file"
            : TypeOf(path) is not (null or Ordinary or Folder)
            ? "it is a pipe, a socket or a device, not a file"
            : null;
    }

    private static string RealPath(string path)
    {
        try
        {
            if (File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target)
            {
                return target.FullName;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Deleted since it was found: opening it reports that or creates it.
        }

        return Path.GetFullPath(path);
    }

    /// <summary>
    /// Returns the type bits of the file's mode; null if unavailable. Queries only Linux: elsewhere such files do not occur in a data
    /// folder.
    /// </summary>
    private static int? TypeOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        byte[] about = new byte[StatxBytes];
        try
        {
            return Statx(WorkingFolder, path, 0, TypeMask, about) == 0 ? BitConverter.ToUInt16(about, ModeOffset) & TypeBits : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // the C library is older than the call
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] about);
}
