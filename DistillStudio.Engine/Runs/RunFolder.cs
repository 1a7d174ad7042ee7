using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>The folder of a run's files: <c>spec.json</c>, <c>events.jsonl</c>, <c>checkpoints/</c>, <c>model/</c>.</summary>
public sealed class RunFolder
{
    /// <summary>Also present in an exported model's folder: the settings used for training.</summary>
    public const string SpecName = HuggingFaceFolder.SettingsName;

    /// <summary>Maximum size of a spec; a typical one has about a kilobyte.</summary>
    public const int MaxSpecBytes = 1 << 20;

    /// <summary>Maximum size of an event file; a million steps take about a third of a gigabyte.</summary>
    public const long MaxEventsBytes = 2L << 30;

    public const string EventsName = "events.jsonl";

    private RunFolder(string path, bool isRecorded) => (Path, IsRecorded) = (path, isRecorded);

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>False if the run keeps no spec and no events (<c>--no_log</c>).</summary>
    public bool IsRecorded { get; }

    /// <summary>The folder's name; unique within a home, sortable by start time.</summary>
    public string Id => System.IO.Path.GetFileName(Path);

    public string SpecPath => System.IO.Path.Combine(Path, SpecName);

    public string EventsPath => System.IO.Path.Combine(Path, EventsName);

    /// <summary>Export folder of the trained model, unless <c>--out</c> overrides it.</summary>
    public string ModelPath => System.IO.Path.Combine(Path, "model");

    /// <summary>Folder of the <see cref="CheckpointStore"/>.</summary>
    public string CheckpointsPath => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>Answers of the exported weights to the test rows, one JSON line per row.</summary>
    public string TestAnswersPath => System.IO.Path.Combine(Path, TestAnswers.FileName);

    /// <summary>Creates a new folder under <paramref name="runs"/>; never reuses an existing one.</summary>
    /// <param name="runs">The runs folder of the home.</param>
    /// <param name="spec">Settings written to <c>spec.json</c>.</param>
    /// <param name="now">Start time, part of the name.</param>
    /// <param name="isRecorded">False (<c>--no_log</c>): the folder holds only weights and is not shown in the studio.</param>
    /// <exception cref="InputException">The home is not writable.</exception>
    public static RunFolder Create(string runs, RunSpec spec, DateTimeOffset now, bool isRecorded = true)
    {
        string stem = $"{now.UtcDateTime:yyyyMMdd-HHmmss}-{Slug(spec.Dataset)}-{Slug(spec.Method)}";
        for (; ; )
        {
            string path = System.IO.Path.Combine(runs, $"{stem}-{Random.Shared.Next(0x10000):x4}");
            if (!Directory.Exists(path))
            {
                Make(path);
                var folder = new RunFolder(System.IO.Path.GetFullPath(path), isRecorded);
                if (isRecorded)
                {
                    AtomicFile.WriteAllText(folder.SpecPath, JsonSerializer.Serialize(spec, EngineJson.Spec));
                }

                return folder;
            }
        }
    }

    /// <summary>Opens an existing folder.</summary>
    /// <exception cref="InputException">The folder contains no <c>spec.json</c>.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(System.IO.Path.GetFullPath(path), isRecorded: true);
        return System.IO.Path.Exists(folder.SpecPath)
            ? folder
            : throw new InputException($"{path} is not a run's folder: it has no {SpecName}; name a folder under runs/.");
    }

    /// <summary>Returns true for the folder of a run, started or queued; false for an exported model, which also has settings.</summary>
    public static bool IsOne(string path)
    {
        var folder = new RunFolder(path, isRecorded: true);
        return File.Exists(folder.EventsPath)
            || File.Exists(System.IO.Path.Combine(path, RunLock.FileName))
            || (File.Exists(folder.SpecPath) && !File.Exists(System.IO.Path.Combine(path, T5ConfigFile.FileName)));
    }

    /// <exception cref="InputException">The file is not a spec, or its settings are not valid for any run.</exception>
    public RunSpec ReadSpec()
    {
        try
        {
            RunSpec spec = PlainFile.ReadJson<RunSpec>(SpecPath, MaxSpecBytes, EngineJson.Spec);
            return RunSpecRules.CheckRecord(spec) is { } problem
                ? throw new InputException($"{SpecPath}: {problem.Message.TrimEnd('.')}; or restore the file.")
                : spec;
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{SpecPath}, line {(e.LineNumber ?? 0) + 1}: {JsonFailure.Describe(e)}; restore the file or start a new run.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{SpecPath}: {e.Message.TrimEnd('.')}; restore the file or start a new run.", e);
        }
    }

    /// <summary>Deletes the folder of a run that could not begin; what cannot be deleted stays.</summary>
    public void Discard()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // why the run could not begin matters more
        }
    }

    private static string Slug(string text) =>
        new([.. text.ToLowerInvariant().Take(40).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);

    private static void Make(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written ({e.Message.TrimEnd('.')}); make it writable, free some "
                + $"space, or choose another home with --home.", e);
        }
    }
}
