using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>
/// Loads datasets from disk (<see cref="DatasetLayout"/>): loads what is present and rejects damaged files. The demo dataset is generated
/// instead.
/// </summary>
public static class DatasetReader
{
    private static readonly string[] SplitNames = [Dataset.Train, Dataset.Valid, Dataset.Test];

    /// <param name="name">A name in <see cref="DatasetCatalog"/>, or of an imported dataset.</param>
    /// <param name="dataDir">The folder that contains the datasets; not needed for a generated one.</param>
    /// <param name="teachers">Teachers whose answers are loaded; null for all that are present.</param>
    /// <exception cref="InputException">There is no such dataset or folder, it has no split, or a file is damaged or does not match its
    /// split.</exception>
    public static Dataset Load(string name, string dataDir, IReadOnlyCollection<string>? teachers = null)
    {
        try
        {
            DatasetInfo info = DatasetCatalog.Get(name, dataDir);
            if (info.Problem is { } problem)
            {
                throw new InputException(problem);
            }

            if (info.IsGenerated)
            {
                return WithFurtherTeachers(info, DemoDataset.Create(), dataDir, teachers);
            }

            Dataset dataset = LoadFiles(info, dataDir, teachers);
            return info.JoinedTo is null ? dataset : Join(LoadFiles(DatasetCatalog.Get(info.JoinedTo), dataDir, teachers), dataset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{name} in {dataDir.Replace("\0", "\\0", StringComparison.Ordinal)} cannot be read "
                + $"({e.Message.TrimEnd('.')}); name a readable folder with --data-dir.", e);
        }
    }

    /// <summary>Adds teachers that the user queried for a generated dataset; their completions are stored as for other datasets.</summary>
    private static Dataset WithFurtherTeachers(DatasetInfo info, Dataset generated, string dataDir, IReadOnlyCollection<string>? teachers)
    {
        var splits = new Dictionary<string, Split>();
        var digests = new DatasetDigests();
        foreach (Split split in generated.Splits.Values)
        {
            var answers = new Dictionary<string, IReadOnlyList<TeacherAnswer>>(split.Teachers);
            Dictionary<string, IReadOnlySet<int>> rejected = [], unasked = [], unanswered = [];
            foreach (string teacher in DatasetLayout.FurtherTeachers(dataDir, info.Name)
                .Where(t => teachers is null || teachers.Contains(t)))
            {
                IReadOnlyList<string> files = DatasetLayout.TeacherFiles(dataDir, info.Name, teacher, split.Name);
                if (files.Count > 0)
                {
                    answers[teacher] = LoadAnswers(
                        info, dataDir, teacher, split.Name, files, $"{info.Name}'s {split.Name} split", split.Rows.Count, digests);
                    AddRejected(rejected, info, dataDir, teacher, split.Name, split.Rows.Count, digests);
                    AddUnasked(unasked, unanswered, info, dataDir, teacher, split.Name, split.Rows.Count);
                }
            }

            splits[split.Name] = split with
            {
                Teachers = answers,
                Rejected = rejected,
                Unasked = unasked,
                Unanswered = unanswered,
            };
        }

        return generated with { Splits = splits, TeacherDigests = digests.OfTeachers };
    }

    private static Dataset LoadFiles(DatasetInfo info, string dataDir, IReadOnlyCollection<string>? teachers)
    {
        string folder = Path.GetFullPath(Path.Combine(dataDir, info.Name));
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder} does not exist{OverlookedFiles.Hint(dataDir, info)}; put the dataset's files there, "
                + $"or name the folder that holds {info.Name}/ with --data-dir.");
        }

        var splits = new Dictionary<string, Split>();
        var digests = new DatasetDigests();
        foreach (string split in SplitNames)
        {
            if (DatasetLayout.FindRows(dataDir, info.Name, split) is { } file)
            {
                splits[split] = LoadSplit(info, dataDir, split, file, teachers, digests);
            }
        }

        return splits.Count > 0
            ? new Dataset(info.Name, info.Task, splits)
            {
                Folder = folder,
                FilesDigest = digests.OfRows,
                TeacherDigests = digests.OfTeachers,
            }
            : throw new InputException($"{folder} holds no split{OverlookedFiles.Hint(dataDir, info)}; put {info.Name}_train.json and "
                + $"{info.Name}_test.json there.");
    }

    private static Split LoadSplit(
        DatasetInfo info, string dataDir, string split, string file, IReadOnlyCollection<string>? teachers, DatasetDigests digests)
    {
        var rows = new List<Row>();
        digests.AddRows(split, digest =>
            JsonRows.Read(
                file, (place, json) => rows.Add(RowParser.Parse(info.IsImported ? RowFormat.Text : info.Format, json, place)), digest));
        if (rows.Count == 0)
        {
            throw new InputException($"{file} holds no rows; download the file again or remove it.");
        }

        var answers = new Dictionary<string, IReadOnlyList<TeacherAnswer>>();
        Dictionary<string, IReadOnlySet<int>> rejected = [], unasked = [], unanswered = [];
        foreach (string teacher in DatasetLayout.Teachers(dataDir, info.Name).Where(t => teachers is null || teachers.Contains(t)))
        {
            IReadOnlyList<string> files = DatasetLayout.TeacherFiles(dataDir, info.Name, teacher, split);
            if (files.Count > 0)
            {
                answers[teacher] = LoadAnswers(info, dataDir, teacher, split, files, file, rows.Count, digests);
                AddRejected(rejected, info, dataDir, teacher, split, rows.Count, digests);
                AddUnasked(unasked, unanswered, info, dataDir, teacher, split, rows.Count);
            }
        }

        return new Split(split, rows, answers) { Rejected = rejected, Unasked = unasked, Unanswered = unanswered };
    }

    private static void AddRejected(
        Dictionary<string, IReadOnlySet<int>> rejected, DatasetInfo info, string dataDir, string teacher, string split, int rows,
        DatasetDigests digests)
    {
        string file = DatasetLayout.RejectedFile(dataDir, info.Name, teacher, split);
        if (RejectedAnswers.Read(file, rows, read => digests.AddAnswers(teacher, split, read)) is { } found)
        {
            rejected[teacher] = found;
        }
    }

    private static void AddUnasked(
        Dictionary<string, IReadOnlySet<int>> unasked, Dictionary<string, IReadOnlySet<int>> unanswered, DatasetInfo info, string dataDir,
        string teacher, string split, int rows)
    {
        Add(unasked, DatasetLayout.UnaskedFile(dataDir, info.Name, teacher, split));
        Add(unanswered, DatasetLayout.UnansweredFile(dataDir, info.Name, teacher, split));

        void Add(Dictionary<string, IReadOnlySet<int>> to, string file)
        {
            if (UnaskedRows.Read(file, rows) is { } found)
            {
                to[teacher] = found;
            }
        }
    }

    private static List<TeacherAnswer> LoadAnswers(
        DatasetInfo info, string dataDir, string teacher, string split, IReadOnlyList<string> files, string rowsFile, int rows,
        DatasetDigests digests)
    {
        var answers = new List<TeacherAnswer>(rows);
        var labels = new Dictionary<string, string>(); // few labels, many answers: share one string instance per label
        void Add(TeacherAnswer answer) =>
            answers.Add(info.Task == TaskKind.Inference
                && !labels.TryAdd(answer.Label, answer.Label) ? answer with { Label = labels[answer.Label] } : answer);

        foreach (string file in files)
        {
            digests.AddAnswers(teacher, split, digest =>
            {
                if (info.IsImported)
                {
                    JsonRows.Read(file, (place, json) => Add(ImportedAnswer.Read(info.Format, teacher, json, place)), digest);
                }
                else
                {
                    JsonStrings.Read(file, completion => Add(CompletionParser.Parse(info.Format, teacher, completion)), digest);
                }
            });
        }

        return answers.Count == rows
            ? answers
            : throw new InputException($"{files[^1]}{(files.Count > 1 ? $" and the {files.Count - 1} before it hold" : " holds")} "
                + $"{answers.Count} completions while {rowsFile} has {rows} rows{OverlookedFiles.Hint(dataDir, info)}; download both "
                + $"again: there must be one completion per row.");
    }

    /// <summary>Returns the training rows of both and the test split of <paramref name="first"/>.</summary>
    private static Dataset Join(Dataset first, Dataset second)
    {
        var splits = new Dictionary<string, Split>();
        if (first.Splits.TryGetValue(Dataset.Train, out Split? a) && second.Splits.TryGetValue(Dataset.Train, out Split? b))
        {
            splits[Dataset.Train] = new Split(
                Dataset.Train,
                [.. a.Rows, .. b.Rows],
                a.Teachers.Keys.Where(b.Teachers.ContainsKey).ToDictionary(
                    t => t, t => (IReadOnlyList<TeacherAnswer>)[.. a.Teachers[t], .. b.Teachers[t]]))
            {
                Rejected = JoinRows(a.Rejected, b.Rejected, a.Rows.Count),
                Unasked = JoinRows(a.Unasked, b.Unasked, a.Rows.Count),
                Unanswered = JoinRows(a.Unanswered, b.Unanswered, a.Rows.Count),
                JoinedRows = a.Rows.Count,
            };
        }

        if (first.Splits.TryGetValue(Dataset.Test, out Split? test))
        {
            splits[Dataset.Test] = test with { JoinedRows = test.Rows.Count };
        }

        return splits.Count > 0
            ? second with
            {
                Splits = splits,
                FilesDigest = DatasetDigests.Combine(first.FilesDigest!, second.FilesDigest!),
                TeacherDigests = first.TeacherDigests.Where(teacher => second.TeacherDigests.ContainsKey(teacher.Key))
                    .ToDictionary(
                        teacher => teacher.Key, teacher => DatasetDigests.Combine(teacher.Value, second.TeacherDigests[teacher.Key])),
            }
            : throw new InputException($"{second.Name} is joined to {first.Name}, but the training or test split of one is missing; "
                + $"put {first.Name}_train.json, {first.Name}_test.json and {second.Name}_train.json in their folders.");
    }

    /// <summary>Joins the rows named for each teacher; those of the second dataset follow <paramref name="count"/> of the first.</summary>
    private static Dictionary<string, IReadOnlySet<int>> JoinRows(
        IReadOnlyDictionary<string, IReadOnlySet<int>> first, IReadOnlyDictionary<string, IReadOnlySet<int>> second, int count)
    {
        IReadOnlySet<int> none = new HashSet<int>();
        return first.Keys.Union(second.Keys).ToDictionary(
            teacher => teacher,
            teacher => (IReadOnlySet<int>)(HashSet<int>)
            [
                .. first.GetValueOrDefault(teacher) ?? none,
                .. (second.GetValueOrDefault(teacher) ?? none).Select(row => row + count),
            ]);
    }
}
