using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>A line that holds no event.</summary>
/// <param name="Number">From 1.</param>
/// <param name="IsUnfinished">True for a last line without its line end.</param>
public sealed record UnreadableLine(long Number, bool IsUnfinished);

/// <summary>Converts between events and lines of <c>events.jsonl</c>.</summary>
public static class EventLine
{
    /// <summary>Largest event number: a double represents it exactly, and it can still be incremented.</summary>
    public const long LastNumber = 1L << 53;

    /// <summary>Maximum length of a line, in bytes.</summary>
    public const int LongestBytes = 16 << 20;

    /// <summary>Serializes an event, including the line end.</summary>
    public static byte[] Write(RunEvent happened) => [.. JsonSerializer.SerializeToUtf8Bytes(happened, EngineJson.Events), (byte)'\n'];

    /// <summary>
    /// Parses a line. Returns null if it is not an event: truncated by a crash, of a newer version, or with a number above
    /// <see cref="LastNumber"/>.
    /// </summary>
    /// <param name="line">The line without its line end.</param>
    /// <param name="isCut">True to truncate texts that are too long to display.</param>
    public static RunEvent? Read(ReadOnlySpan<byte> line, bool isCut = false)
    {
        try
        {
            return JsonSerializer.Deserialize<RunEvent>(
                line, isCut ? EngineJson.CutEvents : EngineJson.Events) is { Number: > 0 and <= LastNumber } happened
                ? happened
                : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Reads all events of a file in order; skips lines that hold none or are longer than <see cref="LongestBytes"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="skipped">Receives each line that is skipped, except empty ones.</param>
    /// <exception cref="IOException">As for <see cref="PlainFile.OpenRead"/>.</exception>
    public static IEnumerable<RunEvent> ReadAll(string path, Action<UnreadableLine>? skipped = null)
    {
        using FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, RunFolder.MaxEventsBytes);
        byte[] buffer = new byte[1 << 16];
        int filled = 0;
        long number = 0;
        bool isTooLong = false;
        for (int read = -1; read != 0;)
        {
            read = file.Read(buffer, filled, buffer.Length - filled);
            filled += read;
            int start = 0;
            for (int length;
                (length = LineLength(buffer.AsSpan(start, filled - start), isLast: read == 0)) >= 0;
                start = Math.Min(filled, start + length + 1))
            {
                number++;
                if (!isTooLong && Read(buffer.AsSpan(start, length)) is { } happened)
                {
                    yield return happened;
                }
                else if (isTooLong || !IsBlank(buffer.AsSpan(start, length)))
                {
                    skipped?.Invoke(new(number, IsUnfinished: start + length == filled));
                }

                isTooLong = false;
            }

            filled -= start;
            buffer.AsSpan(start, filled).CopyTo(buffer);
            if (filled == LongestBytes)
            {
                (isTooLong, filled) = (true, 0);
            }
            else if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        if (isTooLong)
        {
            skipped?.Invoke(new(number + 1, IsUnfinished: true));
        }
    }

    /// <summary>Returns true for a line without content, which an editor may have added.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(" \t\r"u8).IsEmpty;

    /// <summary>Returns the length up to the line end; negative if there is none yet.</summary>
    private static int LineLength(ReadOnlySpan<byte> rest, bool isLast) =>
        rest.IndexOf((byte)'\n') is var end && end < 0 && isLast && !rest.IsEmpty ? rest.Length : end;
}
