using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Imports a folder in the original's form: under the dataset's own name as it is, under another name as rows and
/// answers.</summary>
public static class FolderImport
{
    /// <summary>Returns true if the path is such a folder.</summary>
    public static bool IsOne(string path) => Directory.Exists(path);

    /// <exception cref="InputException">The folder does not hold one supported dataset, or its files are damaged.</exception>
    public static async Task<ImportResult> ImportAsync(string name, string folder, string dataDir, bool isDryRun, CancellationToken stop)
    {
        StagingFolder.RequireFree(dataDir, name);
        string dataset = DatasetIn(folder, name);
        return await Task.Run(() => Import(name, dataset, folder, dataDir, isDryRun, stop), stop);
    }

    private static ImportResult Import(string name, string dataset, string folder, string dataDir, bool isDryRun, CancellationToken stop)
    {
        string above = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) == dataset
            ? Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!
            : folder;
        if (isDryRun)
        {
            return ResultOf(name, DatasetReader.Load(dataset, above));
        }

        if (name == dataset)
        {
            DatasetGetter.Install(name, folder, dataDir, progress: null, stop);
            return ResultOf(name, DatasetReader.Load(name, dataDir));
        }

        DatasetNames.RequireNew(name);
        Dataset source = DatasetReader.Load(dataset, above);
        using var staging = StagingFolder.Create(dataDir);
        foreach (Split split in source.Splits.Values)
        {
            string[] teachers = [.. split.Teachers.Keys];
            using var writer = new SplitWriter(staging.Path, name, split.Name, teachers.Select(NameOf));
            for (int i = 0; i < split.Rows.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                writer.Write(
                    new(
                        split.Rows[i].Input, split.Rows[i].Label, null,
                        teachers.ToDictionary(NameOf, teacher => split.Teachers[teacher][i])));
            }

            writer.Finish();
            foreach ((string teacher, IReadOnlySet<int> rejected) in split.Rejected)
            {
                RowNumbers.Write(DatasetLayout.RejectedFile(staging.Path, name, NameOf(teacher), split.Name), rejected);
            }

            foreach ((string teacher, IReadOnlySet<int> unasked) in split.Unasked)
            {
                RowNumbers.Write(DatasetLayout.UnaskedFile(staging.Path, name, NameOf(teacher), split.Name), unasked);
            }

            foreach ((string teacher, IReadOnlySet<int> unanswered) in split.Unanswered)
            {
                RowNumbers.Write(DatasetLayout.UnansweredFile(staging.Path, name, NameOf(teacher), split.Name), unanswered);
            }
        }

        ImportResult result = ResultOf(name, source);
        new DatasetCard(name, source.Task, DateTimeOffset.UtcNow, [new(Path.GetFullPath(folder), 0, "")], null, null, result.Splits, 0)
            .Write(Path.Combine(staging.Path, name));
        staging.Publish(name);
        return result;
    }

    /// <summary>gpt's published answers have a folder next to the datasets; under another name they are an ordinary teacher's.</summary>
    private static string NameOf(string teacher) => teacher == DatasetLayout.Gpt ? DatasetLayout.GptFolder : teacher;

    private static ImportResult ResultOf(string name, Dataset dataset) => new(
        name,
        new(dataset.Task, "{input}", "label"),
        dataset.Splits.ToDictionary(split => split.Key, split => split.Value.Rows.Count),
        new(0, []),
        dataset.Splits.Values.SelectMany(split => split.Teachers.Keys.Select(teacher => TeacherReport.Of(dataset.Task, split, teacher)))
            .GroupBy(report => report.Teacher).ToDictionary(
                group => group.Key,
                group => new BlankAnswers(group.Sum(report => report.BlankRationales), group.Sum(report => report.BlankLabels))),
        [.. RepeatedCounts.Of(RepeatedRows.Of(dataset, most: 0)).LeakNotes]);

    /// <summary>Returns the dataset whose files the folder holds; the named one where there are several.</summary>
    private static string DatasetIn(string folder, string name)
    {
        string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string own = Path.GetFileName(whole);
        string above = Path.GetDirectoryName(whole) ?? whole;
        string[] found = [
            .. DatasetCatalog.All.Where(info => !info.IsGenerated && info.JoinedTo is null).Select(info => info.Name).Where(dataset =>
            (own == dataset && DatasetLayout.FindRows(above, dataset, Dataset.Train) is not null)
                || DatasetLayout.FindRows(folder, dataset, Dataset.Train) is not null)];
        return found.Contains(name) ? name
            : found.Length == 1 ? found[0]
            : throw new InputException(found.Length == 0
                ? $"{folder} is a folder without a dataset in the original's form, such as cqa/cqa_train.json; name its files with --file."
                : $"{folder} holds {string.Join(", ", found)}; name the folder of one of them.");
    }
}
