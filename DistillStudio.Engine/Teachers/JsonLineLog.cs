using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers;

/// <summary>A small append-only file of a job: one JSON object per line. A line that a crash cut is skipped.</summary>
internal static class JsonLineLog
{
    private const int LargestFile = 1_000_000_000;

    /// <summary>Reads all lines in the order of the file; empty if there is no file.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static IReadOnlyList<T> Read<T>(string path)
        where T : class
    {
        if (!Path.Exists(path))
        {
            return [];
        }

        try
        {
            return [.. PlainFile.ReadAllText(path, LargestFile).Split('\n').Select(Parse<T>).OfType<T>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it readable.", e);
        }
    }

    /// <summary>Appends lines and flushes them to disk.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Append<T>(string path, IEnumerable<T> items)
    {
        try
        {
            using FileStream file = PlainFile.OpenOrCreate(path, FileShare.Read);
            file.Position = Math.Max(0, file.Length - 1);
            bool isCut = file.Length > 0 && file.ReadByte() != '\n';
            file.Position = file.Length;
            string lines = string.Concat(items.Select(item => $"{JsonSerializer.Serialize(item, EngineJson.Events)}\n"));
            file.Write(Encoding.UTF8.GetBytes($"{(isCut ? "\n" : "")}{lines}"));
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written ({e.Message.TrimEnd('.')}); make it writable.", e);
        }
    }

    private static T? Parse<T>(string line)
        where T : class
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize<T>(line, EngineJson.Events);
        }
        catch (JsonException)
        {
            return null; // cut by a crash
        }
    }
}
