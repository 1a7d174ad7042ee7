using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers;

/// <summary>State of a job.</summary>
public enum TeacherJobState
{
    /// <summary>Created, not started.</summary>
    Waiting,
    Running,

    /// <summary>Stopped by the user, to be resumed later.</summary>
    Paused,

    /// <summary>Its process ended before the job did.</summary>
    Interrupted,

    /// <summary>Stopped because its budget is used up.</summary>
    BudgetReached,

    /// <summary>Stopped because of an error, such as an expired key.</summary>
    Failed,

    /// <summary>Cancelled by the user; completed answers are kept.</summary>
    Cancelled,
    Finished,
}

/// <summary>The saved state of a job.</summary>
/// <param name="Reason">One sentence on why it stopped; null if there is nothing to say.</param>
/// <param name="LostRequests">Requests that led to no completion.</param>
/// <param name="IsOfStudio">True if a studio runs the job, which resumes it after a restart.</param>
public sealed record TeacherJobStatus(TeacherJobState State, string? Reason, DateTimeOffset At, long LostRequests = 0,
    bool IsOfStudio = false);

/// <summary>
/// The folder of a job, <c>teachers/&lt;dataset&gt;/&lt;name&gt;/&lt;split&gt;</c> in the home: <c>job.json</c>, <c>state.json</c>,
/// <c>completions.jsonl</c>, <c>failures.jsonl</c>, and <c>job.lock</c>, which the process that works on it holds.
/// </summary>
public sealed class TeacherJob
{
    /// <summary>Maximum size of a job's small files.</summary>
    internal const int LargestFile = 16 * ByteSize.MB;

    private const string SpecName = "job.json";
    private const string LockName = "job.lock";

    private TeacherJob(string folder, TeacherJobSpec spec) => (Folder, Spec) = (folder, spec);

    public string Folder { get; }

    public TeacherJobSpec Spec { get; private set; }

    public string CompletionsPath => Path.Combine(Folder, CompletionLog.FileName);

    public string ReviewsPath => Path.Combine(Folder, "reviews.jsonl");

    public string FailuresPath => Path.Combine(Folder, "failures.jsonl");

    public string BatchesPath => Path.Combine(Folder, "batches.json");

    private string StatePath => Path.Combine(Folder, "state.json");

    /// <summary>Creates a new job.</summary>
    /// <exception cref="InputException">The settings cannot be used, there is such a job already, or the home cannot be
    /// written.</exception>
    public static TeacherJob Create(StudioHome home, TeacherJobSpec spec)
    {
        spec.Require();
        string folder = FolderOf(home, spec.Dataset, spec.Name, spec.Split);
        if (File.Exists(Path.Combine(folder, SpecName)))
        {
            throw new InputException($"Teacher {spec.Name} of {spec.Dataset} already has a job for {spec.Split}; "
                + $"resume it with `teacher resume {spec.Name} --dataset {spec.Dataset}`, remove it with `teacher remove`, "
                + $"or choose another --name.");
        }

        try
        {
            PrivateFiles.MakeFolder(folder);
            var job = new TeacherJob(folder, spec);
            job.Change(spec);
            return job;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be written ({e.Message.TrimEnd('.')}); make it writable, free some "
                + $"space, or choose another home with --home.", e);
        }
    }

    /// <summary>Opens the jobs of a teacher, unfinished ones first.</summary>
    /// <param name="split">Null for all splits.</param>
    /// <exception cref="InputException">There is no such job, or its file is damaged.</exception>
    public static IReadOnlyList<TeacherJob> Find(StudioHome home, string dataset, string name, string? split = null)
    {
        string[] splits = [.. new[] { Dataset.Train, Dataset.Valid, Dataset.Test }.Where(s => split is null || s == split)];
        IEnumerable<string> folders = DatasetLayout.IsTeacherName(name) && DatasetNames.IsValid(dataset)
            ? splits.Select(s => FolderOf(home, dataset, name, s)).Where(folder => File.Exists(Path.Combine(folder, SpecName)))
            : [];
        TeacherJob[] jobs = [.. folders.Select(Open).OrderBy(job => job.ReadStatus().State == TeacherJobState.Finished)];
        return jobs.Length > 0
            ? jobs
            : throw new InputException($"There is no teacher job \"{SettingLimits.Cut(name, 80)}\" of "
                + $"{SettingLimits.Cut(dataset, 80)}{(split is null ? "" : $" for {SettingLimits.Cut(split, 20)}")}; "
                + $"`teacher show` lists them.");
    }

    /// <summary>Opens every job of a home, the newest first; a damaged one is left out and reported.</summary>
    public static IReadOnlyList<TeacherJob> List(StudioHome home, Action<string>? report = null)
    {
        var jobs = new List<TeacherJob>();
        string[] files = Directory.Exists(home.Teachers)
            ? Directory.GetFiles(home.Teachers, SpecName,
                new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true })
            : [];
        foreach (string file in files)
        {
            try
            {
                jobs.Add(Open(Path.GetDirectoryName(file)!));
            }
            catch (InputException e)
            {
                report?.Invoke(e.Message);
            }
        }

        return [.. jobs.OrderByDescending(job => job.Spec.Created)];
    }

    /// <summary>Locks the job for this process until disposed.</summary>
    /// <exception cref="InputException">Another process works on it, or the lock's path is occupied by something else.</exception>
    public IDisposable Take()
    {
        string path = Path.Combine(Folder, LockName);
        try
        {
            return FileLock.TryTake(path)
                ?? throw new InputException($"Teacher {Spec.Name} of {Spec.Dataset} ({Spec.Split}) is in use by another process; "
                    + $"wait until it has ended, or stop it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be used as the job's lock ({e.Message.TrimEnd('.')}); remove it.", e);
        }
    }

    /// <summary>Replaces the settings; the caller ensures that settings that must not change are kept.</summary>
    public void Change(TeacherJobSpec spec)
    {
        AtomicFile.WriteAllText(Path.Combine(Folder, SpecName), JsonSerializer.Serialize(spec, EngineJson.Spec));
        Spec = spec;
    }

    public void Save(TeacherJobStatus status) => AtomicFile.WriteAllText(StatePath, JsonSerializer.Serialize(status, EngineJson.Spec));

    /// <summary>Returns the state; a job recorded as running that no process holds was interrupted.</summary>
    public TeacherJobStatus ReadStatus()
    {
        TeacherJobStatus status = ReadSaved();
        return status.State == TeacherJobState.Running && !IsHeld()
            ? status with { State = TeacherJobState.Interrupted, Reason = "Its process ended before the job did." }
            : status;
    }

    public bool IsHeld()
    {
        try
        {
            return FileLock.IsHeld(Path.Combine(Folder, LockName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Take reports the cause
        }
    }

    /// <summary>Removes the job with its completions.</summary>
    /// <exception cref="InputException">It is in use, or cannot be removed.</exception>
    public void Remove()
    {
        try
        {
            using (Take())
            {
                File.Delete(Path.Combine(Folder, SpecName)); // from here on it is not a job, whatever happens
            }

            Directory.Delete(Folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Folder} cannot be removed ({e.Message.TrimEnd('.')}); make it writable.", e);
        }
    }

    private static string FolderOf(StudioHome home, string dataset, string name, string split) =>
        Path.Combine(home.Teachers, dataset, name, split);

    private static TeacherJob Open(string folder)
    {
        string path = Path.Combine(folder, SpecName);
        try
        {
            TeacherJobSpec spec = PlainFile.ReadJson<TeacherJobSpec>(path, LargestFile, EngineJson.Spec);
            return spec.Problems() is [var problem, ..] ? throw new InputException($"{path}: {problem}") : new TeacherJob(folder, spec);
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}, line {(e.LineNumber ?? 0) + 1}: is not a teacher job; restore it, or remove its folder.",
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it readable.", e);
        }
    }

    private TeacherJobStatus ReadSaved()
    {
        try
        {
            return PlainFile.ReadJson<TeacherJobStatus>(StatePath, LargestFile, EngineJson.Spec);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(TeacherJobState.Waiting, null, Spec.Created);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return new(TeacherJobState.Interrupted, $"Its {Path.GetFileName(StatePath)} cannot be read; the completions are kept.",
                Spec.Created);
        }
    }
}
