using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Jobs;

/// <summary>
/// Counts the consecutive attempts to train a run from the same checkpoint during which the studio terminated. Stored as
/// <c>attempts.json</c> in the run's folder while a studio trains the run, and left there by a studio that ends meanwhile.
/// </summary>
/// <param name="Step">Step of the checkpoint that the run resumed from; 0 for the start of the run.</param>
/// <param name="Count">Number of attempts; 0 if the studio shut down cleanly.</param>
internal sealed record RunAttempts(int Step, int Count)
{
    /// <summary>Number of attempts without progress after which a run is not resumed automatically.</summary>
    public const int Most = 3;

    private const string FileName = "attempts.json";
    private const int MaxBytes = 1 << 12;

    /// <summary>Reads the attempts; returns null if no studio is training the run or ended while training it.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static RunAttempts? Read(RunFolder folder)
    {
        try
        {
            return PlainFile.ReadJson<RunAttempts>(PathIn(folder), MaxBytes, EngineJson.Spec);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException($"{PathIn(folder)} cannot be read ({Why(e)}), so it is not known how often the run was tried; "
                + $"remove the file, then resume the run.", e);
        }
    }

    /// <summary>Returns the step of the newest checkpoint; 0 for none.</summary>
    public static int PlaceOf(RunFolder folder) =>
        new CheckpointStore(folder).List().FirstOrDefault(stored => !stored.IsBest)?.Step ?? 0;

    /// <summary>Records the start of an attempt.</summary>
    /// <exception cref="InputException">The file of an earlier attempt cannot be read.</exception>
    public static void Begin(RunFolder folder)
    {
        int place = PlaceOf(folder);
        Write(
            folder, new RunAttempts(place, Read(folder) is { } before && before.Step == place ? Math.Clamp(before.Count, 0, Most) + 1 : 1));
    }

    /// <summary>Resets the count on a clean shutdown of the studio before the run's end.</summary>
    public static void Leave(RunFolder folder) => Write(folder, new RunAttempts(PlaceOf(folder), 0));

    /// <summary>Deletes the file once the run has ended.</summary>
    public static void End(RunFolder folder) => File.Delete(PathIn(folder));

    private static string Why(Exception e) => e is JsonException ? "it is not JSON of this kind" : e.Message.TrimEnd('.');

    private static void Write(RunFolder folder, RunAttempts attempts) =>
        AtomicFile.WriteAllText(PathIn(folder), JsonSerializer.Serialize(attempts, EngineJson.Spec));

    private static string PathIn(RunFolder folder) => Path.Combine(folder.Path, FileName);
}
