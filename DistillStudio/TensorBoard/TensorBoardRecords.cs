using System.Buffers.Binary;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.TensorBoard;

/// <summary>
/// Reads the records of a TFRecord file: length, masked CRC-32C of the length, the bytes, their masked CRC-32C. Everything is little
/// endian.
/// </summary>
internal static class TensorBoardRecords
{
    private const int HeadBytes = sizeof(ulong) + sizeof(uint);
    private const int LongestRecord = 64 * ByteSize.MB; // graphs and images; a record of scalars has some hundred bytes

    /// <summary>Returns true if the file begins with a record.</summary>
    public static bool IsOne(string path)
    {
        try
        {
            using FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> head = stackalloc byte[HeadBytes];
            return file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) == HeadBytes
                && IsWhole(head[..sizeof(ulong)], head[sizeof(ulong)..]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // reading it reports why
        }
    }

    /// <summary>Returns the records in order. An incomplete last one, as of a run that is training or was killed, is left
    /// out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stop">Checked at each record.</param>
    /// <exception cref="InputException">The file cannot be read, or a record is damaged.</exception>
    public static IEnumerable<byte[]> Read(string path, CancellationToken stop)
    {
        using FileStream file = Open(path);
        byte[] head = new byte[HeadBytes];
        byte[] tail = new byte[sizeof(uint)];
        while (Fill(path, file, head))
        {
            stop.ThrowIfCancellationRequested();
            long at = file.Position - HeadBytes;
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(head);
            if (!IsWhole(head.AsSpan(0, sizeof(ulong)), head.AsSpan(sizeof(ulong))))
            {
                throw new InputException(at == 0
                    ? $"{path} is not a TensorBoard event file; name files called events.out.tfevents…, or their folder."
                    : $"{path} is damaged at byte {at:N0}: the length of a record does not match its checksum; copy the file again.");
            }

            if (length > LongestRecord)
            {
                throw new InputException($"{path} has a record of {length:N0} bytes at byte {at:N0}, more than event files hold; "
                    + $"copy the file again.");
            }

            byte[] record = new byte[length];
            if (!Fill(path, file, record) || !Fill(path, file, tail))
            {
                yield break;
            }

            if (!IsWhole(record, tail))
            {
                throw new InputException($"{path} is damaged at byte {at:N0}: a record does not match its checksum; copy the file again.");
            }

            yield return record;
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> crc) =>
        TensorBoardFile.MaskedCrc(bytes) == BinaryPrimitives.ReadUInt32LittleEndian(crc);

    private static FileStream Open(string path)
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

    /// <summary>Returns false at the end of the file.</summary>
    private static bool Fill(string path, FileStream file, byte[] bytes)
    {
        try
        {
            return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && bytes.Length > 0;
        }
        catch (IOException e)
        {
            throw Unreadable(path, e);
        }
    }

    private static InputException Unreadable(string path, Exception e) =>
        new($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it readable.", e);
}
