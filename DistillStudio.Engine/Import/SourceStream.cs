using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using ICSharpCode.SharpZipLib.GZip;

namespace DistillStudio.Engine.Import;

/// <summary>Opens source files: unpacks gzip, converts every Unicode encoding to UTF-8, and counts the bytes read.</summary>
internal static class SourceStream
{
    /// <summary>Returns the first bytes of the file, unpacked.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static byte[] Head(string path, int count = DataFile.HeadBytes)
    {
        using Stream stream = Unpacked(path, progress: null);
        byte[] head = new byte[count];
        try
        {
            return head[..stream.ReadAtLeast(head, count, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Opens a text file.</summary>
    /// <exception cref="InputException">The file cannot be read or is not text.</exception>
    public static Stream OpenText(string path, Action<long>? progress)
    {
        byte[] head = Head(path);
        if (Path.GetExtension(path).ToLowerInvariant() is ".xlsx" or ".xls" or ".ods")
        {
            throw new InputException($"{path} is a spreadsheet; save it as CSV.");
        }

        DataFile.RequireText(path, head);
        return DataFile.AsUtf8(head, Unpacked(path, progress));
    }

    /// <summary>Opens a file unchanged, for formats that need random access.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static FileStream OpenRaw(string path)
    {
        try
        {
            return PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    public static InputException Unreadable(string path, Exception cause) =>
        new($"{path} cannot be read ({cause.Message.Split('\n')[0].TrimEnd('.', '\r')}); check whether "
            + $"the file is truncated.", cause);

    private static Stream Unpacked(string path, Action<long>? progress)
    {
        FileStream file = OpenRaw(path);
        byte[] head = new byte[2];
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        file.Position = 0;
        Stream counted = progress is null ? file : new CountedStream(file, () => progress(file.Position));
        return read == head.Length && head is [0x1F, 0x8B] ? new CheckedStream(new GZipInputStream(counted)) : counted;
    }
}
