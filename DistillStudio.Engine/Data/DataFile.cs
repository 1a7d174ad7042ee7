using System.Text;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Data;

/// <summary>
/// Opens a dataset file as UTF-8, whatever its Unicode encoding, and rejects files that are not text, naming their type.
/// </summary>
internal static class DataFile
{
    internal const int HeadBytes = 256;

    private static readonly (byte[] Start, string What)[] NoText =
    [
        ([0x1F, 0x8B], "is compressed with gzip; unpack it with gunzip"),
        ([0x50, 0x4B, 0x03, 0x04], "is a zip archive; unpack it"),
        ("%PDF-"u8.ToArray(), "is a PDF; save its table as CSV"),
        ([0x89, 0x50, 0x4E, 0x47], "is a picture; name a table, such as a CSV file"),
        ([0xFF, 0xD8, 0xFF], "is a picture; name a table, such as a CSV file"),
        ([0xD0, 0xCF, 0x11, 0xE0], "is an older Excel or Word file; save its table as CSV"),
        ("SQLite format 3"u8.ToArray(), "is an SQLite database; export its table as CSV"),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "is a NumPy array; convert it to JSON Lines, one row per line"),
        ([0x42, 0x5A, 0x68], "is compressed with bzip2; unpack it with bunzip2"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "is compressed with xz; unpack it with unxz"),
        ([0x28, 0xB5, 0x2F, 0xFD], "is compressed with zstd; unpack it with unzstd"),
        ([0x37, 0x7A, 0xBC, 0xAF], "is a 7z archive; unpack it"),
        ("PAR1"u8.ToArray(), "is a Parquet table; convert it to JSON Lines, one row per line"),
        ("ARROW1"u8.ToArray(), "is an Arrow table; convert it to JSON Lines, one row per line"),
        ([0xFF, 0xFE, 0x00, 0x00], "is in UTF-32; save it as UTF-8"),
        ([0x00, 0x00, 0xFE, 0xFF], "is in UTF-32; save it as UTF-8"),
        ("404: Not Found"u8.ToArray(), "is a server's error message, not the file; download it again from the right address"),
    ];

    /// <exception cref="InputException">The file cannot be read or is not text; the message says what it is.</exception>
    public static Stream Open(string path)
    {
        FileStream file;
        try
        {
            file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it a readable file.", e);
        }

        try
        {
            return AsUtf8(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static Stream AsUtf8(string path, FileStream file)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        RequireText(path, head);
        return AsUtf8(head, file);
    }

    /// <summary>Returns the stream as UTF-8, judged by its first bytes.</summary>
    internal static Stream AsUtf8(ReadOnlySpan<byte> head, Stream stream)
    {
        Encoding? wide = head switch
        {
            [0xFF, 0xFE, ..] or [not 0, 0, not 0, 0, ..] => Encoding.Unicode,
            [0xFE, 0xFF, ..] or [0, not 0, 0, not 0, ..] => Encoding.BigEndianUnicode,
            _ => null,
        };
        return wide is null
            ? stream
            : Encoding.CreateTranscodingStream(stream, wide, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    /// <exception cref="InputException">The first bytes are those of a file that is not text.</exception>
    internal static void RequireText(string path, ReadOnlySpan<byte> head)
    {
        if (FileStandIn.WhatIs(head) is { } standIn)
        {
            throw FileStandIn.Refuse(path, standIn);
        }

        if (head.StartsWith("PK"u8) && head.IndexOf("[Content_Types].xml"u8) >= 0)
        {
            throw new InputException($"{path} is an Excel or Word file; save its table as CSV.");
        }

        foreach ((byte[] start, string what) in NoText)
        {
            if (head.StartsWith(start))
            {
                throw new InputException($"{path} {what}.");
            }
        }
    }
}
