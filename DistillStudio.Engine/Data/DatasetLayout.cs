using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>
/// Defines where a dataset's files are in the data folder:
/// <code>
/// &lt;name&gt;/&lt;name&gt;_&lt;split&gt;.json              rows
/// &lt;name&gt;/llm/&lt;split&gt;_CoT_&lt;i&gt;.json           completions of the teacher palm
/// &lt;name&gt;/llm-&lt;teacher&gt;/&lt;split&gt;_CoT_&lt;i&gt;.json completions of another teacher
/// &lt;name&gt;/llm-&lt;teacher&gt;/&lt;split&gt;_rejected.json rows that its review rejected
/// &lt;name&gt;/llm-&lt;teacher&gt;/&lt;split&gt;_unasked.json rows that it was not asked about
/// &lt;name&gt;/llm-&lt;teacher&gt;/&lt;split&gt;_unanswered.json rows for which no reply came
/// gpt-neox/&lt;name&gt;/&lt;split&gt;.json             completions of the teacher gpt
/// </code>
/// Each may end in <c>.jsonl</c> or <c>.ndjson</c> instead.
/// </summary>
public static class DatasetLayout
{
    /// <summary>PaLM 540B, published with the method.</summary>
    public const string Palm = "palm";

    /// <summary>GPT-NeoX 20B.</summary>
    public const string Gpt = "gpt";

    internal const string OtherTeacherStart = "llm-";
    internal const string PalmFolder = "llm";
    internal const string GptFolder = "gpt-neox";
    private const int MaxTeacherName = 64;

    /// <summary>Accepted file extensions, the usual one first.</summary>
    internal static IReadOnlyList<string> Endings { get; } = [".json", ".jsonl", ".ndjson"];

    /// <summary>Returns the usual path of a split's file; <see cref="FindRows"/> returns the existing one.</summary>
    public static string RowsFile(string dataDir, string name, string split) => Path.Combine(dataDir, name, $"{name}_{split}.json");

    /// <summary>Returns the split's file; null if there is none.</summary>
    /// <exception cref="InputException">There are several.</exception>
    public static string? FindRows(string dataDir, string name, string split) => FindOne(RowsFile(dataDir, name, split));

    /// <summary>Returns the folder of a teacher's completions.</summary>
    /// <exception cref="InputException">The name is not a valid teacher name.</exception>
    public static string TeacherFolder(string dataDir, string name, string teacher) => teacher switch
    {
        Palm => Path.Combine(dataDir, name, PalmFolder),
        Gpt => Path.Combine(dataDir, GptFolder, name),
        _ when IsTeacherName(teacher) => Path.Combine(dataDir, name, OtherTeacherStart + teacher),
        _ => throw new InputException($"\"{teacher}\" cannot be a teacher's name; use letters, digits, dots, dashes and underscores, "
            + $"at most {MaxTeacherName}, starting with a letter or digit."),
    };

    /// <summary>Returns the file of a teacher's completions <paramref name="chunk"/>; gpt has one chunk, 0.</summary>
    public static string TeacherFile(string dataDir, string name, string teacher, string split, int chunk) =>
        Path.Combine(TeacherFolder(dataDir, name, teacher), teacher == Gpt ? $"{split}.json" : $"{split}_CoT_{chunk}.json");

    /// <summary>Returns the path of the rows that a teacher's review rejected; only a reviewed teacher has the file.</summary>
    public static string RejectedFile(string dataDir, string name, string teacher, string split) =>
        Path.Combine(TeacherFolder(dataDir, name, teacher), RejectedAnswers.NameOf(split));

    /// <summary>Returns the path of the rows that a teacher was not asked about; only a teacher with such rows has the file.</summary>
    public static string UnaskedFile(string dataDir, string name, string teacher, string split) =>
        Path.Combine(TeacherFolder(dataDir, name, teacher), UnaskedRows.NameOf(split));

    /// <summary>Returns the path of the rows to which a teacher did not reply; only a teacher with such rows has the file.</summary>
    public static string UnansweredFile(string dataDir, string name, string teacher, string split) =>
        Path.Combine(TeacherFolder(dataDir, name, teacher), UnaskedRows.NameOfUnanswered(split));

    /// <summary>
    /// Returns true if the name is valid for another teacher: letters, digits, <c>. _ -</c>, at most 64, not a reserved name.
    /// </summary>
    public static bool IsTeacherName(string name) =>
        name.Length is > 0 and <= MaxTeacherName
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
        && name.ToLowerInvariant() is not (Palm or Gpt or "none");

    /// <summary>
    /// Returns a fingerprint that changes with any file of a dataset: path, length and time of every file that would be read.
    /// </summary>
    /// <param name="teachers">Teachers whose answers are read.</param>
    /// <exception cref="InputException">A file in the middle of a sequence is missing, or a file exists twice.</exception>
    internal static string Fingerprint(string dataDir, string name, IReadOnlyCollection<string> teachers)
    {
        IEnumerable<string> files = new[] { Dataset.Train, Dataset.Valid, Dataset.Test }.SelectMany(split =>
            teachers.SelectMany(teacher => TeacherFiles(dataDir, name, teacher, split).Append(RejectedFile(dataDir, name, teacher, split)))
                .Prepend(FindRows(dataDir, name, split) ?? ""));
        return string.Join(
            '\n',
            files.Where(path => path.Length > 0).Select(path => new FileInfo(path)).Where(file => file.Exists).Select(
                file => $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}"));
    }

    /// <summary>
    /// Returns a key of all files of a dataset, including those of a dataset that it is joined to; null if they cannot be listed.
    /// </summary>
    /// <inheritdoc cref="Fingerprint" path="/param"/>
    internal static string? FilesKey(string dataDir, string name, IReadOnlyCollection<string> teachers)
    {
        try
        {
            DatasetInfo info = DatasetCatalog.Get(name, dataDir);
            IEnumerable<string> names = info.JoinedTo is null ? [name] : [name, info.JoinedTo];
            return string.Join(
                '\n', names.Select(each => Fingerprint(dataDir, each, teachers)).Prepend(string.Join('|', teachers)).Prepend(name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InputException)
        {
            return null;
        }
    }

    /// <summary>Returns the teachers with a folder for this dataset, palm and gpt first.</summary>
    public static IReadOnlyList<string> Teachers(string dataDir, string name)
    {
        var teachers = new List<string>();
        foreach (string published in (string[])[Palm, Gpt])
        {
            if (Directory.Exists(TeacherFolder(dataDir, name, published)))
            {
                teachers.Add(published);
            }
        }

        teachers.AddRange(OtherTeachers(Path.Combine(dataDir, name)));
        return teachers;
    }

    /// <summary>Returns the teachers queried for a generated dataset, which may have no folder.</summary>
    internal static IEnumerable<string> FurtherTeachers(string dataDir, string name) =>
        Directory.Exists(Path.Combine(dataDir, name))
            ? OtherTeachers(Path.Combine(dataDir, name)).Where(teacher => teacher != DemoDataset.Teacher)
            : [];

    private static IEnumerable<string> OtherTeachers(string folder) => Directory.EnumerateDirectories(folder, OtherTeacherStart + "*")
        .Select(teacher => Path.GetFileName(teacher)[OtherTeacherStart.Length..])
        .Where(IsTeacherName)
        .Order(StringComparer.Ordinal);

    /// <summary>Returns a teacher's files for one split in order; empty if there are none.</summary>
    /// <exception cref="InputException">A file in the middle of the sequence is missing, or a file exists twice.</exception>
    public static IReadOnlyList<string> TeacherFiles(string dataDir, string name, string teacher, string split)
    {
        string folder = TeacherFolder(dataDir, name, teacher);
        if (!Directory.Exists(folder))
        {
            return [];
        }

        if (teacher == Gpt)
        {
            return FindOne(TeacherFile(dataDir, name, teacher, split, 0)) is { } file ? [file] : [];
        }

        string start = $"{split}_CoT_";
        int last = Endings.SelectMany(ending => Directory.EnumerateFiles(folder, $"{start}*{ending}"))
            .Select(file => Path.GetFileNameWithoutExtension(file)[start.Length..])
            .Select(number => int.TryParse(number, out int chunk) && $"{chunk}" == number ? chunk : -1)
            .DefaultIfEmpty(-1)
            .Max();
        var files = new List<string>();
        for (int chunk = 0; chunk <= last; chunk++)
        {
            string file = TeacherFile(dataDir, name, teacher, split, chunk);
            files.Add(FindOne(file) ?? throw new InputException($"{file} is missing while "
                + $"{Path.GetFileName(TeacherFile(dataDir, name, teacher, split, last))} exists, so its answers would be matched with the "
                + $"wrong rows; download the missing file."));
        }

        return files;
    }

    /// <summary>Returns the file itself, or the one with another extension; null if there is none.</summary>
    private static string? FindOne(string usual)
    {
        string[] found = [.. Endings.Select(ending => Path.ChangeExtension(usual, ending)).Where(File.Exists)];
        return found.Length <= 1
            ? found.FirstOrDefault()
            : throw new InputException($"{string.Join(" and ", found)} both exist; keep one of them, because only one can be read.");
    }
}
