using System.Text;
using System.Text.Json;

namespace DistillStudio.Engine.Training;

/// <summary>One event as a line of <c>events.jsonl</c>.</summary>
public static class EventLine
{
    /// <summary>Complete with its line end.</summary>
    public static byte[] Write(RunEvent happened) => [.. JsonSerializer.SerializeToUtf8Bytes(happened, EngineJson.Events), (byte)'\n'];

    /// <summary>Null where the line is no event: torn by a crash, or of a newer version.</summary>
    /// <param name="line">Without its line end.</param>
    public static RunEvent? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<RunEvent>(line, EngineJson.Events);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>All events of a file in order.</summary>
    public static IEnumerable<RunEvent> ReadAll(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line)
        {
            if (Read(Encoding.UTF8.GetBytes(line)) is { } happened)
            {
                yield return happened;
            }
        }
    }
}
