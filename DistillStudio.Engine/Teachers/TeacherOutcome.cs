using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers;

/// <summary>How a split of a teacher was produced; stored next to its completions as <c>teacher.json</c>.</summary>
public sealed record TeacherRecord(TeacherJobSpec Job, TeacherTotals Totals, TeacherFilters Filters, TeacherOutcomeReport Outcome);

/// <summary>
/// Converts a job's completions to files in the original's form: one array of strings per chunk, one string per row. A row without a
/// usable answer gets an empty string, which the parser reads as blank, so that it is never trained on.
/// </summary>
public static class TeacherOutcome
{
    public const string RecordName = "teacher.json";

    /// <summary>Writes the outcome as a teacher of the dataset: into <c>llm-&lt;name&gt;</c> of its folder.</summary>
    /// <param name="rows">The job's rows.</param>
    /// <param name="job">The job.</param>
    /// <param name="filters">What to leave out.</param>
    /// <param name="name">The teacher's name.</param>
    /// <returns>The report of the teacher itself; further teachers with second and later rationales are written next to it.</returns>
    /// <exception cref="InputException">The name belongs to another teacher, or the folder cannot be written.</exception>
    public static TeacherOutcomeReport Publish(TeacherRows rows, TeacherJob job, TeacherFilters filters, string name)
    {
        if (!DatasetLayout.IsTeacherName(name))
        {
            throw new InputException($"\"{SettingLimits.Cut(name, 80)}\" cannot be a new teacher's name; use letters, digits, dots, "
                + $"dashes and underscores, and neither palm, gpt nor none.");
        }

        RequireFree(rows, name);
        List<IReadOnlyList<CompletionReading>> answers = Read(rows, job);
        TeacherOutcomeReport report = Write(rows, job, filters, answers, 0, part => FolderOf(rows, part, name));
        int most = job.Spec.Keep == KeptRationales.All ? answers.Max(of => of?.Count ?? 0) : 1;
        for (int i = 1; i < most; i++)
        {
            string further = $"{name}.{i + 1}";
            RequireFree(rows, further);
            Write(rows, job, filters, answers, i, part => FolderOf(rows, part, further));
        }

        return report;
    }

    /// <summary>Writes the outcome elsewhere, as <c>&lt;folder&gt;/llm/&lt;split&gt;_CoT_&lt;i&gt;.json</c>: the original's own
    /// names; of a joined dataset, under the name of each of the two.</summary>
    /// <inheritdoc cref="Publish"/>
    public static TeacherOutcomeReport Export(TeacherRows rows, TeacherJob job, TeacherFilters filters, string folder) =>
        Write(rows, job, filters, Read(rows, job), 0,
            part => Path.Combine(rows.Parts.Count > 1 ? Path.Combine(folder, part.Name) : folder, DatasetLayout.PalmFolder));

    private static string FolderOf(TeacherRows rows, DatasetInfo part, string name) =>
        DatasetLayout.TeacherFolder(rows.Spec.DataDir, part.Name, name);

    /// <summary>Throws if the name belongs to a teacher that no job of this program created.</summary>
    /// <exception cref="InputException">It does.</exception>
    public static void RequireFree(TeacherRows rows, string name)
    {
        if (name == Data.Demo.DemoDataset.Teacher && rows.Info.IsGenerated)
        {
            throw new InputException($"{rows.Info.Name} has its own teacher {name}; choose another name.");
        }

        foreach ((DatasetInfo part, int _) in rows.Parts)
        {
            string folder = DatasetLayout.TeacherFolder(rows.Spec.DataDir, part.Name, name);
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()
                && !File.Exists(Path.Combine(folder, RecordName)))
            {
                throw new InputException($"{folder} holds a teacher from elsewhere, which would be overwritten; "
                    + $"choose another name.");
            }

            if (ReadRecords(folder).Values.FirstOrDefault(record => record.Job.Dataset != rows.Info.Name) is { } other)
            {
                throw new InputException($"{folder} holds the teacher {name} for {other.Job.Dataset}, "
                    + $"which would be overwritten; choose another name.");
            }
        }
    }

    /// <summary>Removes what a job created for the dataset: the split's files, and the folder if nothing else is in it.</summary>
    /// <exception cref="InputException">A file cannot be removed.</exception>
    public static void Remove(string dataDir, string dataset, string name, string split)
    {
        string? first = DatasetCatalog.All.FirstOrDefault(known => known.Name == dataset)?.JoinedTo;
        foreach (string part in first is null ? [dataset] : new[] { first, dataset })
        {
            RemovePart(dataDir, dataset, part, name, split);
        }
    }

    private static void RemovePart(string dataDir, string dataset, string part, string name, string split)
    {
        string folder = DatasetLayout.TeacherFolder(dataDir, part, name);
        string recordPath = Path.Combine(folder, RecordName);
        Dictionary<string, TeacherRecord> records = ReadRecords(folder);
        if (!File.Exists(recordPath) || (records.TryGetValue(split, out TeacherRecord? record) && record.Job.Dataset != dataset))
        {
            return;
        }

        try
        {
            DatasetLayout.TeacherFiles(dataDir, part, name, split).ToList().ForEach(File.Delete);
            File.Delete(DatasetLayout.RejectedFile(dataDir, part, name, split));
            File.Delete(DatasetLayout.UnaskedFile(dataDir, part, name, split));
            File.Delete(DatasetLayout.UnansweredFile(dataDir, part, name, split));
            records.Remove(split);
            if (records.Count > 0)
            {
                AtomicFile.WriteAllText(recordPath, JsonSerializer.Serialize(records, OutcomeFiles.Indented));
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
                TeacherRecord>>(Path.Combine(folder, RecordName), TeacherJob.LargestFile, OutcomeFiles.Indented);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

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
        TeacherRows rows, TeacherJob job, TeacherFilters filters, List<IReadOnlyList<CompletionReading>> readings, int place,
        Func<DatasetInfo, string> folderOf)
    {
        var answers = new CompletionReading?[rows.All.Count];
        int unreadable = 0;
        for (int row = 0; row < answers.Length; row++)
        {
            answers[row] = readings[row] is { } of && of.Count > place ? of[place] : null;
            unreadable += readings[row] is { Count: 0 } ? 1 : 0;
        }

        IReadOnlySet<int> failed = FailureLog.ReadRows(job.FailuresPath);
        Dictionary<int, TeacherReview> reviews = ReviewLog.Read(job.ReviewsPath);
        (int rejected, int edited) = ReviewedAnswers.Apply(rows, answers, reviews, isFirst: place == 0);
        TeacherOutcomeReport report = AnswerFilter.Apply(
            rows, answers, filters,
                new(answers.Length, Without(isAsked: false).Count(), unreadable, rejected, edited, 0, 0, 0, 0, 0, 0, 0)
                {
                    NotAnswered = Without(isAsked: true).Count(),
                });
        var tally = new TeacherTally(rows, CompletionLog.ReadAll(job.CompletionsPath), job.ReadStatus().LostRequests);
        HashSet<int>? without = ReviewedAnswers.RejectedOf(reviews);
        var record = new TeacherRecord(job.Spec, tally.Totals, filters, report);
        int first = 0;
        foreach ((DatasetInfo part, int count) in rows.Parts.Where(part => part.Rows > 0))
        {
            OutcomeFiles.Write(
                part, record, answers.AsSpan(first, count),
                new(
                    without is null ? null : Within(without, first, count), [.. Within(Blank(isAsked: false), first, count)],
                    [.. Within(Blank(isAsked: true), first, count)]),
                folderOf(part));
            first += count;
        }

        return report;

        static IEnumerable<int> Within(IEnumerable<int> all, int first, int count) =>
            all.Select(row => row - first).Where(row => row >= 0 && row < count);

        IEnumerable<int> Blank(bool isAsked) => Without(isAsked).Where(row => answers[row] is null);

        // A job of an earlier program has no record of its failures: all rows without a completion count as not asked about.
        IEnumerable<int> Without(bool isAsked) =>
            Enumerable.Range(0, answers.Length).Where(row => readings[row] is null && failed.Contains(row) == isAsked);
    }
}
