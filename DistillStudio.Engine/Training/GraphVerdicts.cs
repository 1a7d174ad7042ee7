using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Remembers in the home which ways of computing on a GPU work, by libtorch, driver, program and device, so that a trial runs once for
/// each. A failure is tried again after a day, since its cause may be gone.
/// </summary>
/// <param name="path">File of the verdicts.</param>
/// <param name="time">The clock.</param>
internal sealed class GraphVerdicts(string path, TimeProvider time)
{
    private const int MostBytes = 64_000;
    private const int MostVerdicts = 50;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromDays(1);
    private static readonly Lock Held = new();

    /// <param name="Reason">Why the way does not work, or is no faster; null if it is to be taken.</param>
    /// <param name="At">When that was found.</param>
    internal sealed record Verdict(string? Reason, DateTimeOffset At);

    /// <summary>Returns the verdict, after a trial if there is none. Runs of one process wait for each other.</summary>
    /// <param name="key">Everything that a verdict depends on.</param>
    /// <param name="trial">Returns null if the way is to be taken, else the reason.</param>
    /// <param name="isFinal">Whether a failure is not tried again.</param>
    internal string? WhyNot(string key, Func<string?> trial, bool isFinal = false)
    {
        lock (Held)
        {
            Dictionary<string, Verdict> known = Read();
            DateTimeOffset now = time.GetUtcNow();
            if (known.TryGetValue(key, out Verdict? verdict)
                && (verdict.Reason is null || isFinal || now - verdict.At < RetryAfter))
            {
                return verdict.Reason;
            }

            string? reason = trial();
            known = Read(); // another process may have added its verdicts meanwhile
            known[key] = new(reason, now);
            Write(known);
            return reason;
        }
    }

    private Dictionary<string, Verdict> Read()
    {
        try
        {
            return File.Exists(path) ? PlainFile.ReadJson<Dictionary<string, Verdict>>(path, MostBytes, EngineJson.Events) : [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return []; // damaged: the trial runs again, and replaces it
        }
    }

    private void Write(Dictionary<string, Verdict> verdicts)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var kept = verdicts.OrderByDescending(verdict => verdict.Value.At).Take(MostVerdicts).ToDictionary();
            AtomicFile.WriteAllText(path, JsonSerializer.Serialize(kept, EngineJson.Events));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a home that cannot be written only costs another trial
        }
    }
}
