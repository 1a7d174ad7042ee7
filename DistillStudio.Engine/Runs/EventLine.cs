using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Runs;

/// <summary>One event as a line of <c>events.jsonl</c>.</summary>
public static class EventLine
{
    /// <summary>No recorder counts further: a double still holds it, and one more is still a number.</summary>
    public const long LastNumber = 1L << 53;

    /// <summary>Bytes that a line may have.</summary>
    public const int LongestBytes = 16 << 20;

    /// <summary>Complete with its line end.</summary>
    public static byte[] Write(RunEvent happened) => [.. JsonSerializer.SerializeToUtf8Bytes(happened, EngineJson.Events), (byte)'\n'];

    /// <summary>Null where the line is no event: torn by a crash, of a newer version, or with a number that no recorder gives.</summary>
    /// <param name="line">Without its line end.</param>
    /// <param name="isCut">Cuts texts that are too long to show.</param>
    public static RunEvent? Read(ReadOnlySpan<byte> line, bool isCut = false)
    {
        try
        {
            return JsonSerializer.Deserialize<RunEvent>(line, isCut ? EngineJson.CutEvents : EngineJson.Events) is { Number: > 0 and <= LastNumber } happened ? happened : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>All events of a file in order; a line longer than <see cref="LongestBytes"/> is none.</summary>
    /// <exception cref="IOException">As for <see cref="PlainFile.OpenRead"/>.</exception>
    public static IEnumerable<RunEvent> ReadAll(string path)
    {
        using FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, RunFolder.MaxEventsBytes);
        byte[] buffer = new byte[1 << 16];
        int filled = 0;
        bool isTooLong = false;
        for (int read = -1; read != 0;)
        {
            read = file.Read(buffer, filled, buffer.Length - filled);
            filled += read;
            int start = 0;
            for (int length; (length = LineLength(buffer.AsSpan(start, filled - start), isLast: read == 0)) >= 0; start = Math.Min(filled, start + length + 1))
            {
                if (!isTooLong && Read(buffer.AsSpan(start, length)) is { } happened)
                {
                    yield return happened;
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
    }

    /// <summary>Up to the line's end; below zero where it is not there yet.</summary>
    private static int LineLength(ReadOnlySpan<byte> rest, bool isLast) =>
        rest.IndexOf((byte)'\n') is var end && end < 0 && isLast && !rest.IsEmpty ? rest.Length : end;
}
