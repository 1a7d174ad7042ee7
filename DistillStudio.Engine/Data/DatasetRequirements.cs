using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>Checks that a dataset has what training and evaluation need, and reports what is missing.</summary>
public static class DatasetRequirements
{
    /// <summary>Returns true if the validation split comes from a file, not from the training rows.</summary>
    public static bool HasValidFile(this Dataset dataset) =>
        dataset.Splits.ContainsKey(Dataset.Valid)
            || (DatasetCatalog.All.FirstOrDefault(d => d.Name == dataset.Name)?.HasValidFile ?? false);

    /// <exception cref="InputException">The split is missing.</exception>
    public static Split RequireSplit(this Dataset dataset, string name) =>
        dataset.Splits.TryGetValue(name, out Split? split)
            ? split
            : throw new InputException($"{MissingFile(dataset, (dir, part) => DatasetLayout.RowsFile(dir, part, name))} is "
                + $"missing{Hint(dataset)}; download it: {dataset.Name} cannot be used for this without its {name} split.");

    /// <summary>
    /// Requires the teacher's answers for the training rows and, for palm and gpt, whose published files are complete, for every other
    /// split too.
    /// </summary>
    /// <exception cref="InputException">Answers are missing.</exception>
    public static void RequireTeacher(this Dataset dataset, string teacher)
    {
        bool isPublished = teacher is DatasetLayout.Palm or DatasetLayout.Gpt;
        foreach (Split split in dataset.Splits.Values.Where(s => s.Name == Dataset.Train || (isPublished && dataset.Folder is not null)))
        {
            if (!split.Teachers.ContainsKey(teacher))
            {
                throw new InputException(MissingTeacher(dataset, split, teacher));
            }
        }
    }

    private static string MissingTeacher(Dataset dataset, Split split, string teacher)
    {
        string others = split.Teachers.Count > 0
            ? $"choose {string.Join(" or ", split.Teachers.Keys.Order(StringComparer.Ordinal))} with --llm"
            : "train without a teacher (--llm none)";
        return dataset.Folder is null
            ? $"{dataset.Name} has no teacher {teacher}; {others}."
            : $"{MissingFile(dataset, (dir, part) => DatasetLayout.TeacherFile(dir, part, teacher, split.Name, 0))} is missing, "
                + $"so teacher {teacher} has no answers for {dataset.Name}'s {split.Name} rows{Hint(dataset)}; "
                + $"download its files or {others}.";
    }

    /// <summary>Describes misnamed files in the dataset's folders.</summary>
    private static string Hint(Dataset dataset)
    {
        if (dataset.Folder is null)
        {
            return "";
        }

        string dataDir = Path.GetDirectoryName(dataset.Folder)!;
        DatasetInfo info = DatasetCatalog.Get(dataset.Name, dataDir);
        return OverlookedFiles.Hint(dataDir, info)
            + (info.JoinedTo is { } first ? OverlookedFiles.Hint(dataDir, DatasetCatalog.Get(first)) : "");
    }

    /// <summary>Names the missing file; for a joined dataset there are two candidates.</summary>
    private static string MissingFile(Dataset dataset, Func<string, string, string> fileOf)
    {
        if (dataset.Folder is null)
        {
            return dataset.Name;
        }

        string dataDir = Path.GetDirectoryName(dataset.Folder)!;
        string own = fileOf(dataDir, dataset.Name);
        return DatasetCatalog.Get(dataset.Name, dataDir).JoinedTo is string first && !File.Exists(fileOf(dataDir, first))
            ? fileOf(dataDir, first)
            : own;
    }
}
