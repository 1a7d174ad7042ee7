using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Training;

/// <summary>One event as a line of <c>events.jsonl</c>.</summary>
public static class EventLine
{
    /// <summary>No recorder counts further: a double still holds it, and one more is still a number.</summary>
    public const long LastNumber = 1L << 53;

    /// <summary>Complete with its line end.</summary>
    public static byte[] Write(RunEvent happened) => [.. JsonSerializer.SerializeToUtf8Bytes(happened, EngineJson.Events), (byte)'\n'];

    /// <summary>Null where the line is no event: torn by a crash, of a newer version, or with a number that no recorder gives.</summary>
    /// <param name="line">Without its line end.</param>
    public static RunEvent? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<RunEvent>(line, EngineJson.Events) is { Number: > 0 and <= LastNumber } happened ? happened : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>All events of a file in order.</summary>
    public static IEnumerable<RunEvent> ReadAll(string path)
    {
        using var reader = new StreamReader(PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line)
        {
            if (Read(Encoding.UTF8.GetBytes(line)) is { } happened)
            {
                yield return happened;
            }
        }
    }
}
