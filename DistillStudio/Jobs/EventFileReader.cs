using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Reads the events appended to an event file after a bookmark.</summary>
internal static class EventFileReader
{
    /// <summary>Initial read size in bytes; doubled for a longer line.</summary>
    private const int BlockSize = 1 << 20;

    private const int MarkSize = 64;

    /// <summary>
    /// Reads one block of complete lines. Skips lines that are not events (truncated by a crash, or written by a newer version).
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="from">Where the last block ended.</param>
    /// <param name="skipped">Called for each line that is skipped, except blank ones.</param>
    /// <returns>No events and the same bookmark if nothing was added; null if the file was rewritten before the bookmark.</returns>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static (IReadOnlyList<RunEvent> Events, Bookmark Bookmark)? Read(string path, Bookmark from, Action? skipped = null)
    {
        using FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, RunFolder.MaxEventsBytes);
        if (!IsWhereItWas(file, from))
        {
            return null;
        }

        byte[] block = ReadLines(file, from.Offset);
        if (block.Length == 0)
        {
            return ([], from);
        }

        List<RunEvent> events = [];
        for (int start = 0; start < block.Length;)
        {
            int length = block.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0)
            {
                break; // part of an overlong line
            }

            int end = start + length;
            if (EventLine.Read(block.AsSpan(start, end - start), isCut: true) is { } happened)
            {
                events.Add(happened);
            }
            else if (!EventLine.IsBlank(block.AsSpan(start, length)))
            {
                skipped?.Invoke();
            }

            start = end + 1;
        }

        return (
            events, new Bookmark(from.Offset + block.Length, Convert.ToBase64String(block.AsSpan(Math.Max(0, block.Length - MarkSize)))));
    }

    private static bool IsWhereItWas(FileStream file, Bookmark from)
    {
        byte[] mark = Convert.FromBase64String(from.Mark);
        if (file.Length < from.Offset)
        {
            return false;
        }

        byte[] found = new byte[mark.Length];
        file.Position = from.Offset - mark.Length;
        return file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == mark.Length && found.AsSpan().SequenceEqual(mark);
    }

    /// <summary>
    /// Reads complete lines from the offset. Returns an empty array if the line at the offset is incomplete, and a block without a
    /// line end only if the line is longer than <see cref="EventLine.LongestBytes"/>.
    /// </summary>
    private static byte[] ReadLines(FileStream file, long offset)
    {
        for (int size = BlockSize; ; size *= 2)
        {
            byte[] block = new byte[(int)Math.Clamp(file.Length - offset, 0, size)];
            file.Position = offset;
            int read = file.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
            int end = block.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
            if (end > 0 || read < size)
            {
                return block[..end];
            }

            if (size >= EventLine.LongestBytes)
            {
                return block;
            }
        }
    }
}
