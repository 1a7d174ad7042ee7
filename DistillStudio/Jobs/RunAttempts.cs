using System.Text.Json;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Jobs;

/// <summary>
/// How often in a row a studio began to train a run from the same place and did not live to see it end. It lies as <c>attempts.json</c> in the run's
/// folder while a studio trains the run, and is left behind by one that ends meanwhile.
/// </summary>
/// <param name="Step">Of the checkpoint that the run went on from; 0 for its beginning.</param>
/// <param name="Count">0 where the studio ended in good order.</param>
internal sealed record RunAttempts(int Step, int Count)
{
    /// <summary>After so many, a run that comes no further is not tried again by itself.</summary>
    public const int Most = 3;

    private const string FileName = "attempts.json";
    private const int MaxBytes = 1 << 12;

    /// <summary>Null where no studio trains the run or left it behind.</summary>
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
            throw new InputException($"{PathIn(folder)} cannot be read ({Why(e)}), so it is not known how often the run was tried; remove the file, then resume the run.", e);
        }
    }

    /// <summary>The step of the newest checkpoint; 0 for none.</summary>
    public static int PlaceOf(RunFolder folder) =>
        new CheckpointStore(folder).List().FirstOrDefault(shelved => !shelved.IsBest)?.Step ?? 0;

    /// <summary>Training begins now.</summary>
    /// <exception cref="InputException">The file of an earlier attempt cannot be read.</exception>
    public static void Begin(RunFolder folder)
    {
        int place = PlaceOf(folder);
        Write(folder, new RunAttempts(place, Read(folder) is { } before && before.Step == place ? Math.Clamp(before.Count, 0, Most) + 1 : 1));
    }

    /// <summary>The studio ends in good order and the run has not.</summary>
    public static void Leave(RunFolder folder) => Write(folder, new RunAttempts(PlaceOf(folder), 0));

    /// <summary>The run has ended.</summary>
    public static void End(RunFolder folder) => File.Delete(PathIn(folder));

    private static string Why(Exception e) => e is JsonException ? "it is no JSON of this kind" : e.Message.TrimEnd('.');

    private static void Write(RunFolder folder, RunAttempts attempts) =>
        AtomicFile.WriteAllText(PathIn(folder), JsonSerializer.Serialize(attempts, EngineJson.Spec));

    private static string PathIn(RunFolder folder) => Path.Combine(folder.Path, FileName);
}
