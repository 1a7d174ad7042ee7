using System.Security.Cryptography;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Support;

/// <summary>The files of a run's folder, written without training and read without a studio.</summary>
internal static class RunFiles
{
    /// <summary>A run up to these events, which are numbered from 1; without any, one that has not begun.</summary>
    public static RunFolder Create(StudioHome home, RunSpec spec, params IEnumerable<RunEvent> events)
    {
        RunFolder folder = RunFolder.Create(home.Runs, spec, RunScript.Start);
        Append(folder, events);
        return folder;
    }

    /// <summary>Further events, numbered from the last.</summary>
    public static void Append(RunFolder folder, params IEnumerable<RunEvent> events)
    {
        long last = Events(folder.Path).Select(e => e.Number).LastOrDefault();
        byte[] lines = [.. RunScript.Numbered(events, last).SelectMany(EventLine.Write)];
        if (lines.Length > 0)
        {
            using var file = new FileStream(folder.EventsPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.Write(lines);
        }
    }

    /// <summary>The events so far; none before the first.</summary>
    public static RunEvent[] Events(string folder)
    {
        string path = Path.Combine(folder, "events.jsonl");
        return File.Exists(path) ? [.. EventLine.ReadAll(path)] : [];
    }

    /// <summary>Digest of the exported weights in a model's folder.</summary>
    public static string Weights(string model) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(model, ModelFolder.Safetensors))));
}
