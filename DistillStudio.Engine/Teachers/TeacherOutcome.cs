using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers;

/// <summary>How a split of a teacher came about; kept beside its completions as <c>teacher.json</c>.</summary>
public sealed record TeacherRecord(TeacherJobSpec Job, TeacherTotals Totals, TeacherFilters Filters, TeacherOutcomeReport Outcome);

/// <summary>
/// Turns a job's completions into files of completions in the original's form: one array of strings a chunk, one string a row. A row
/// without a usable answer gets an empty string, which the parser reads as blank, so that it is never trained on.
/// </summary>
public static class TeacherOutcome
{
    public const string RecordName = "teacher.json";

    /// <summary>Completions a file for datasets whose published teacher has no files.</summary>
    private const int UsualChunk = 1000;

    private static readonly JsonSerializerOptions Indented = new(EngineJson.Events) { WriteIndented = true };

    /// <summary>Writes the outcome as a teacher of the dataset: into <c>llm-&lt;name&gt;</c> of its folder.</summary>
    /// <param name="rows">The job's rows.</param>
    /// <param name="job">The job.</param>
    /// <param name="filters">What to leave out.</param>
    /// <param name="name">The teacher's name.</param>
    /// <returns>The report of the teacher itself; further teachers with second and later rationales are written beside it.</returns>
    /// <exception cref="InputException">The name is another teacher's, or the folder cannot be written.</exception>
    public static TeacherOutcomeReport Publish(TeacherRows rows, TeacherJob job, TeacherFilters filters, string name)
    {
        if (!DatasetLayout.IsTeacherName(name))
        {
            throw new InputException($"«{SettingLimits.Cut(name, 80)}» cannot be a new teacher's name; use letters, digits, dots, "
                + $"dashes and underscores, and neither palm, gpt nor none.");
        }

        RequireFree(rows, name);
        List<IReadOnlyList<CompletionReading>> answers = Read(rows, job);
        TeacherOutcomeReport report = Write(rows, job, filters, answers, 0, FolderOf(rows, name));
        int most = job.Spec.Keep == KeptRationales.All ? answers.Max(of => of?.Count ?? 0) : 1;
        for (int i = 1; i < most; i++)
        {
            string further = $"{name}.{i + 1}";
            RequireFree(rows, further);
            Write(rows, job, filters, answers, i, FolderOf(rows, further));
        }

        return report;
    }

    /// <summary>Writes the outcome elsewhere, as <c>&lt;folder&gt;/llm/&lt;split&gt;_CoT_&lt;i&gt;.json</c>: the original's own
    /// names.</summary>
    /// <inheritdoc cref="Publish"/>
    public static TeacherOutcomeReport Export(TeacherRows rows, TeacherJob job, TeacherFilters filters, string folder) =>
        Write(rows, job, filters, Read(rows, job), 0, Path.Combine(folder, DatasetLayout.PalmFolder));

    /// <summary>Throws if the name belongs to a teacher that no job of this program made.</summary>
    /// <exception cref="InputException">It does.</exception>
    public static void RequireFree(TeacherRows rows, string name)
    {
        string folder = FolderOf(rows, name);
        if (name == Data.Demo.DemoDataset.Teacher && rows.Info.IsGenerated)
        {
            throw new InputException($"{rows.Info.Name} has a teacher {name} of its own; choose another name.");
        }

        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()
            && !File.Exists(Path.Combine(folder, RecordName)))
        {
            throw new InputException($"{folder} holds a teacher that came from elsewhere, which would be overwritten; "
                + $"choose another name.");
        }
    }

    /// <summary>Removes what a job made of the dataset: the split's files, and the folder if nothing else is in it.</summary>
    /// <exception cref="InputException">A file cannot be removed.</exception>
    public static void Remove(string dataDir, string dataset, string name, string split)
    {
        string folder = DatasetLayout.TeacherFolder(dataDir, dataset, name);
        string recordPath = Path.Combine(folder, RecordName);
        if (!File.Exists(recordPath))
        {
            return;
        }

        try
        {
            DatasetLayout.TeacherFiles(dataDir, dataset, name, split).ToList().ForEach(File.Delete);
            Dictionary<string, TeacherRecord> records = ReadRecords(folder);
            records.Remove(split);
            if (records.Count > 0)
            {
                AtomicFile.WriteAllText(recordPath, JsonSerializer.Serialize(records, Indented));
                return;
            }

            File.Delete(recordPath);
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be changed ({e.Message.TrimEnd('.')}); make it writable.", e);
        }
    }

    /// <summary>Returns the records of a teacher's folder by split; empty if there are none that can be read.</summary>
    public static Dictionary<string, TeacherRecord> ReadRecords(string folder)
    {
        try
        {
            return PlainFile.ReadJson<Dictionary<string,
                TeacherRecord>>(Path.Combine(folder, RecordName), TeacherJob.LargestFile, Indented);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    private static string FolderOf(TeacherRows rows, string name) => DatasetLayout.TeacherFolder(rows.Spec.DataDir, rows.Info.Name, name);

    /// <summary>Returns the readings of each row with the majority's label; empty for a row without a completion or a readable
    /// one.</summary>
    private static List<IReadOnlyList<CompletionReading>> Read(TeacherRows rows, TeacherJob job)
    {
        var samples = new List<TeacherCompletion>?[rows.All.Count];
        foreach (TeacherCompletion completion in CompletionLog.ReadAll(job.CompletionsPath).Where(c => c.Row < samples.Length
            && c.Sample < job.Spec.Samples))
        {
            (samples[completion.Row] ??= []).Add(completion);
        }

        return [.. samples.Select((of, row) => of is null ? (IReadOnlyList<CompletionReading>)null! : MajorityVote.Of(rows, row, of))];
    }

    private static TeacherOutcomeReport Write(
        TeacherRows rows, TeacherJob job, TeacherFilters filters, List<IReadOnlyList<CompletionReading>> readings, int place, string folder)
    {
        var answers = new CompletionReading?[rows.All.Count];
        int unreadable = 0;
        for (int row = 0; row < answers.Length; row++)
        {
            answers[row] = readings[row] is { } of && of.Count > place ? of[place] : null;
            unreadable += readings[row] is { Count: 0 } ? 1 : 0;
        }

        (int rejected, int edited) = ReviewedAnswers.Apply(rows, answers, ReviewLog.Read(job.ReviewsPath), isFirst: place == 0);
        TeacherOutcomeReport report = AnswerFilter.Apply(
            rows, answers, filters,
                new(answers.Length, readings.Count(of => of is null), unreadable, rejected, edited, 0, 0, 0, 0, 0, 0, 0));
        var tally = new TeacherTally(rows, CompletionLog.ReadAll(job.CompletionsPath), job.ReadStatus().LostRequests);
        WriteFiles(rows, answers, folder, new TeacherRecord(job.Spec, tally.Totals, filters, report));
        return report;
    }

    /// <summary>Writes all files into a folder beside the target first, so that a break leaves no mixture.</summary>
    private static void WriteFiles(TeacherRows rows, CompletionReading?[] answers, string folder, TeacherRecord record)
    {
        string split = rows.Spec.Split;
        int size = rows.Info.ChunkSize > 0 ? rows.Info.ChunkSize : UsualChunk;
        string staging = Path.Combine(Path.GetDirectoryName(folder)!, $".staging-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(staging);
            int chunks = 0;
            foreach (CompletionReading?[] chunk in answers.Chunk(size))
            {
                AtomicFile.WriteAllText(Path.Combine(staging, $"{split}_CoT_{chunks++}.json"),
                    JsonSerializer.Serialize(chunk.Select(answer => answer?.Text ?? ""), EngineJson.Events));
            }

            Directory.CreateDirectory(folder);
            Dictionary<string, TeacherRecord> records = ReadRecords(folder);
            records[split] = record;
            AtomicFile.WriteAllText(Path.Combine(folder, RecordName), JsonSerializer.Serialize(records, Indented));
            foreach (string old in Directory.GetFiles(folder, $"{split}_CoT_*"))
            {
                File.Delete(old);
            }

            foreach (string file in Directory.GetFiles(staging))
            {
                File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be written ({e.Message.TrimEnd('.')}); make it writable. "
                + $"The answers are kept with the job.", e);
        }
        finally
        {
            TryDelete(staging);
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A hidden folder that nothing reads.
        }
    }
}
