using System.Collections.Concurrent;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>What the data folder contains for a dataset, determined without parsing the rows.</summary>
/// <param name="Rows">Number of rows of each split present; null for a file that cannot be read as rows.</param>
/// <param name="Teachers">Teachers with answers.</param>
/// <param name="Notes">Notes for the user on files that are ignored, duplicated or unreadable; one sentence each.</param>
public sealed record DatasetContents(IReadOnlyDictionary<string, int?> Rows, IReadOnlyList<string> Teachers, IReadOnlyList<string> Notes)
{
    /// <summary>Row counts, computed once for each state of a file.</summary>
    private static readonly ConcurrentDictionary<string, (long Length, DateTime Changed, int? Rows, string? Problem)> Counts = new();

    private static readonly string[] SplitNames = [Dataset.Train, Dataset.Valid, Dataset.Test];

    public static DatasetContents Of(DatasetInfo info, string dataDir)
    {
        if (info.IsGenerated)
        {
            return new(
                new Dictionary<string, int?>
                {
                    [Dataset.Train] = info.TrainRows,
                    [Dataset.Valid] = info.ValidRows,
                    [Dataset.Test] = info.TestRows,
                },
                [DemoDataset.Teacher, .. DatasetLayout.FurtherTeachers(dataDir, info.Name)], []);
        }

        if (info.Problem is { } problem)
        {
            return new(new Dictionary<string, int?>(), [], [problem]);
        }

        DatasetInfo[] parts = info.JoinedTo is { } first ? [DatasetCatalog.Get(first), info] : [info];
        var notes = new List<string>();
        bool areFoldersThere = parts.All(part => Directory.Exists(Path.Combine(dataDir, part.Name)));
        var rows = new Dictionary<string, int?>();
        foreach (string split in areFoldersThere ? SplitNames : [])
        {
            // A joined dataset takes its test rows from the first part and its validation rows from training.
            DatasetInfo[] wanted = parts.Length == 1 ? parts : split == Dataset.Train ? parts : split == Dataset.Test ? parts[..1] : [];
            string?[] files = [.. wanted.Select(part => Find(dataDir, part, split, notes))];
            if (files.Length > 0 && files.All(file => file is not null))
            {
                rows[split] = files.Select(file => Count(file!, notes)).Aggregate((int?)0, (sum, count) => sum + count);
            }
        }

        string[] teachers = rows.Count > 0 ? CommonTeachers(dataDir, parts) : [];
        foreach (string teacher in teachers)
        {
            notes.AddRange(
                parts.SelectMany(part => rows.Keys.Select(split => WhyNotAnswers(dataDir, part, teacher, split))).OfType<string>());
        }

        notes.AddRange(
            (areFoldersThere ? parts : [info]).SelectMany(part => OverlookedFiles.Find(dataDir, part)).Select(file => $"{file}."));
        return new(rows, teachers, notes);
    }

    private static string[] CommonTeachers(string dataDir, DatasetInfo[] parts) =>
        [.. parts.Select(part => DatasetLayout.Teachers(dataDir, part.Name).AsEnumerable()).Aggregate((a, b) => a.Intersect(b))];

    private static string? WhyNotAnswers(string dataDir, DatasetInfo part, string teacher, string split)
    {
        try
        {
            DatasetLayout.TeacherFiles(dataDir, part.Name, teacher, split);
            return null;
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }

    private static string? Find(string dataDir, DatasetInfo part, string split, List<string> notes)
    {
        try
        {
            return DatasetLayout.FindRows(dataDir, part.Name, split);
        }
        catch (InputException e)
        {
            notes.Add(e.Message);
            return null;
        }
    }

    private static int? Count(string path, List<string> notes)
    {
        var file = new FileInfo(path);
        if (!Counts.TryGetValue(file.FullName, out (long Length, DateTime Changed, int? Rows, string? Problem) known)
            || known.Length != file.Length
            || known.Changed != file.LastWriteTimeUtc)
        {
            known = (file.Length, file.LastWriteTimeUtc, null, null);
            try
            {
                known.Rows = JsonRows.Count(path);
            }
            catch (InputException e)
            {
                known.Problem = e.Message;
            }

            Counts[file.FullName] = known;
        }

        if (known.Problem is { } problem)
        {
            notes.Add(problem);
        }

        return known.Rows;
    }
}
