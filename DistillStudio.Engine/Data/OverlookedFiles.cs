using System.Text.RegularExpressions;

namespace DistillStudio.Engine.Data;

/// <summary>A file or folder that appears to belong to a dataset but is not read.</summary>
/// <param name="Path">Path relative to the data folder.</param>
/// <param name="Advice">What to do to have it read.</param>
public sealed record OverlookedFile(string Path, string Advice)
{
    public override string ToString() => $"{Path} is not read: {Advice}";
}

/// <summary>Finds entries in a dataset's folders that are not read because of their name or type.</summary>
internal static partial class OverlookedFiles
{
    private static readonly string[] SplitNames = [Dataset.Train, Dataset.Valid, Dataset.Test];

    /// <summary>Compares names as the operating system's usual file systems do.</summary>
    private static readonly StringComparer SameFile = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>Alternative names of the splits.</summary>
    private static readonly Dictionary<string, string> SplitOf = new()
    {
        ["train"] = Dataset.Train,
        ["training"] = Dataset.Train,
        ["valid"] = Dataset.Valid,
        ["validation"] = Dataset.Valid,
        ["val"] = Dataset.Valid,
        ["dev"] = Dataset.Valid,
        ["development"] = Dataset.Valid,
        ["test"] = Dataset.Test,
        ["testing"] = Dataset.Test,
    };

    private static readonly string[] Packed = [".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tar", ".tgz"];
    private static readonly string[] Unfinished = [".part", ".crdownload", ".incomplete", ".download", ".tmp"];
    private static readonly string[] Tables =
        [".csv", ".tsv", ".parquet", ".arrow", ".feather", ".xlsx", ".xls", ".xml", ".pkl", ".yaml", ".yml"];

    /// <summary>Returns a parenthesized phrase, preceded by a space, that names the ignored files; empty if there are none.</summary>
    public static string Hint(string dataDir, DatasetInfo info)
    {
        IReadOnlyList<OverlookedFile> found = Find(dataDir, info);
        return found.Count == 0 ? "" : $" ({string.Join("; ", found.Take(3))})";
    }

    /// <param name="info">Must not be a generated dataset.</param>
    public static IReadOnlyList<OverlookedFile> Find(string dataDir, DatasetInfo info)
    {
        try
        {
            return [.. BesideFolder(dataDir, info), .. InFolder(dataDir, info), .. OfTeachers(dataDir, info)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return []; // the code that reads the folder reports the reason
        }
    }

    /// <summary>Finds a folder with a different spelling, and row files that are next to the folder instead of in it.</summary>
    private static IEnumerable<OverlookedFile> BesideFolder(string dataDir, DatasetInfo info)
    {
        if (!Directory.Exists(dataDir))
        {
            yield break;
        }

        bool isThere = Directory.Exists(Path.Combine(dataDir, info.Name));
        foreach (string folder in isThere ? [] : Directory.EnumerateDirectories(dataDir)
            .Where(folder => IsMeant(Path.GetFileName(folder), info)))
        {
            yield return new(Path.GetFileName(folder), $"name the folder {info.Name}");
        }

        foreach (string file in Directory.EnumerateFiles(dataDir))
        {
            string name = Path.GetFileName(file);
            if (string.Concat(Words(name)).StartsWith(info.Name, StringComparison.Ordinal)
                && SplitIn(name) is { } split
                && !HasSplit(dataDir, info, split))
            {
                yield return new(name, Advice(name, $"{info.Name}/{info.Name}_{split}"));
            }
        }
    }

    private static IEnumerable<OverlookedFile> InFolder(string dataDir, DatasetInfo info)
    {
        string folder = Path.Combine(dataDir, info.Name);
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        var read = SplitNames.SelectMany(split => Named($"{info.Name}_{split}")).ToHashSet(SameFile);
        bool lacksSplit = !HasSplit(dataDir, info, Dataset.Train) || !HasSplit(dataDir, info, Dataset.Test);
        foreach (string name in Directory.EnumerateFiles(folder).Select(Path.GetFileName).OfType<string>()
            .Where(name => !read.Contains(name)).Order(StringComparer.Ordinal))
        {
            string path = $"{info.Name}/{name}";
            if (SplitIn(name) is { } split)
            {
                if (Words(name).Contains("cot"))
                {
                    yield return new(path, Advice(name, $"{DatasetLayout.PalmFolder}/{split}_CoT_{NumberIn(name)}"));
                }
                else if (KindOf(name) != Kind.Other || !HasSplit(dataDir, info, split))
                {
                    yield return new(
                        path,
                        HasSplit(dataDir, info, split)
                            ? $"{info.Name}_{split} is read instead, so remove or rename one of them"
                            : Advice(name, $"{info.Name}_{split}"));
                }
            }
            else if (lacksSplit && KindOf(name) == Kind.Json && name != DatasetCard.FileName)
            {
                yield return new(path, $"rows belong in {info.Name}_{Dataset.Train}.json, {info.Name}_{Dataset.Valid}.json and "
                    + $"{info.Name}_{Dataset.Test}.json");
            }
        }

        foreach (string name in Directory.EnumerateDirectories(folder).Select(Path.GetFileName).OfType<string>()
            .Order(StringComparer.Ordinal))
        {
            string plain = string.Concat(Words(name));
            if (name == info.Name)
            {
                yield return new($"{info.Name}/{name}", $"put its files into {info.Name}");
            }
            else if (name != DatasetLayout.PalmFolder && plain is "llm" or "palm" or "cot")
            {
                yield return new($"{info.Name}/{name}", $"name the folder {DatasetLayout.PalmFolder}");
            }
            else if (plain.StartsWith("llm", StringComparison.Ordinal) && name != DatasetLayout.PalmFolder
                && !(name.StartsWith(DatasetLayout.OtherTeacherStart, StringComparison.Ordinal)
                    && DatasetLayout.IsTeacherName(name[DatasetLayout.OtherTeacherStart.Length..])))
            {
                yield return new(
                    $"{info.Name}/{name}",
                    $"name the folder {DatasetLayout.OtherTeacherStart} and the teacher's name, of letters and digits");
            }
        }
    }

    private static IEnumerable<OverlookedFile> OfTeachers(string dataDir, DatasetInfo info)
    {
        bool isThere = Directory.Exists(Path.Combine(dataDir, info.Name));
        foreach (string teacher in isThere ? DatasetLayout.Teachers(dataDir, info.Name) : [])
        {
            string folder = DatasetLayout.TeacherFolder(dataDir, info.Name, teacher);
            foreach (string name in Directory.EnumerateFiles(folder).Select(Path.GetFileName).OfType<string>()
                .Order(StringComparer.Ordinal))
            {
                if (SplitIn(name) is not { } split || name == RejectedAnswers.NameOf(split) || name == UnaskedRows.NameOf(split)
                    || name == UnaskedRows.NameOfUnanswered(split))
                {
                    continue;
                }

                string target = teacher == DatasetLayout.Gpt ? split : $"{split}_CoT_{NumberIn(name)}";
                string path = Path.GetRelativePath(dataDir, Path.Combine(folder, name)).Replace('\\', '/');
                if (!Named(target).Contains(name, SameFile))
                {
                    string[] there = [.. Named(target).Where(other => File.Exists(Path.Combine(folder, other)))];
                    yield return new(
                        path, there.Length > 0 ? $"{there[0]} is read instead, so remove or rename one of them" : Advice(name, target));
                }
                else if (info.JoinedTo is null && !HasSplit(dataDir, info, split))
                {
                    yield return new(path, $"{info.Name}_{split}.json, whose rows it answers, is missing");
                }
            }
        }
    }

    /// <param name="target">The correct name without its extension.</param>
    private static string Advice(string name, string target) => KindOf(name) switch
    {
        Kind.Packed => $"it is compressed, so unpack it as {target}.json",
        Kind.Unfinished => $"its download is not finished, so finish it as {target}.json",
        Kind.Table => $"only JSON is read, so convert it to {target}.jsonl, one row per line",
        _ => $"name it "
            + $"{target}{(DatasetLayout.Endings.Contains(Path.GetExtension(name)) ? Path.GetExtension(name) : DatasetLayout.Endings[0])}",
    };

    private static IEnumerable<string> Named(string target) => DatasetLayout.Endings.Select(ending => target + ending);

    private static bool HasSplit(string dataDir, DatasetInfo info, string split) =>
        Named($"{info.Name}_{split}").Any(name => File.Exists(Path.Combine(dataDir, info.Name, name)));

    /// <summary>Returns true for a different spelling: another case, dashes, or the title.</summary>
    private static bool IsMeant(string folder, DatasetInfo info)
    {
        string plain = string.Concat(Words(folder));
        return folder != info.Name && (plain == info.Name || plain == string.Concat(Words(info.Title)));
    }

    /// <summary>Returns the split that a name refers to; null if it refers to none or several.</summary>
    internal static string? SplitIn(string name)
    {
        string[] splits = [.. Words(name).Where(SplitOf.ContainsKey).Select(word => SplitOf[word]).Distinct()];
        return splits.Length == 1 ? splits[0] : null;
    }

    private static int NumberIn(string name) =>
        Words(name).Select(word => int.TryParse(word, out int number) ? number : -1).FirstOrDefault(number => number >= 0);

    private static string[] Words(string name) => [.. WordPattern().Matches(name.ToLowerInvariant()).Select(match => match.Value)];

    private static Kind KindOf(string name)
    {
        string ending = Path.GetExtension(name).ToLowerInvariant();
        return Packed.Contains(ending) ? Kind.Packed
            : Unfinished.Contains(ending) ? Kind.Unfinished
            : Tables.Contains(ending) ? Kind.Table
            : DatasetLayout.Endings.Contains(ending) || ending is "" or ".txt" ? Kind.Json
            : Kind.Other;
    }

    private enum Kind
    {
        Json,
        Packed,
        Unfinished,
        Table,
        Other,
    }

    [GeneratedRegex("[a-z]+|[0-9]+")]
    private static partial Regex WordPattern();
}
