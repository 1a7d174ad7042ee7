using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>Format of a row in its file, unless the dataset was imported, and of a teacher's completion.</summary>
public enum RowFormat
{
    /// <summary><c>question</c>, <c>choices</c> (five), <c>answer</c>.</summary>
    Choices,

    /// <summary><c>input</c>, <c>label</c>.</summary>
    Equation,

    /// <summary><c>Body</c>, <c>Question</c>, <c>Answer</c> (a number, optionally followed by its unit).</summary>
    WordProblem,

    /// <summary><c>premise</c>, <c>hypothesis</c>, <c>label</c> 0, 1 or 2; completions contain <c>Answer:</c>.</summary>
    InferenceAnswerLine,

    /// <summary>The same rows; completions contain <c>So the answer is</c>.</summary>
    InferenceSentence,

    /// <summary><c>input</c>, <c>label</c>: any text; completions contain <c>So the answer is</c>.</summary>
    Text,
}

/// <summary>A supported dataset.</summary>
/// <param name="Name">Name of its folder and prefix of its file names.</param>
/// <param name="Title">Display name.</param>
/// <param name="Source">Origin of its rows.</param>
/// <param name="HasValidFile">False if the validation split is taken from the training rows.</param>
/// <param name="ChunkSize">Completions per file of the published teacher; 0 if there are no files.</param>
/// <param name="TrainRows">Training rows in the paper; 0 if the dataset has none of its own.</param>
/// <param name="ValidRows">Rows of the paper's validation file; 0 if there is none.</param>
/// <param name="TestRows">Test rows in the paper.</param>
public sealed record DatasetInfo(
    string Name, string Title, string Source, TaskKind Task, RowFormat Format, bool HasValidFile, int ChunkSize, int TrainRows,
    int ValidRows, int TestRows)
{
    /// <summary>The dataset whose training rows are placed first and whose test split is used; null for most.</summary>
    public string? JoinedTo { get; init; }

    /// <summary>True if the program generates the dataset, which has no files.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>
    /// True if the dataset was imported: its rows are finished, with <c>input</c> and <c>label</c>, and its teachers' answers may be
    /// objects with <c>rationale</c> and <c>label</c>.
    /// </summary>
    public bool IsImported { get; init; }

    /// <summary>Why the folder's record cannot be read; null if it can be read or there is none.</summary>
    public string? Problem { get; init; }

    /// <summary>The fields that a row must have in its file.</summary>
    public IReadOnlyList<string> Fields => Format switch
    {
        _ when IsImported => ["input", "label"],
        RowFormat.Choices => ["question", "choices", "answer"],
        RowFormat.Equation or RowFormat.Text => ["input", "label"],
        RowFormat.WordProblem => ["Body", "Question", "Answer"],
        _ => ["premise", "hypothesis", "label"],
    };
}

/// <summary>The supported datasets, in display order.</summary>
public static class DatasetCatalog
{
    public static IReadOnlyList<DatasetInfo> All { get; } =
    [
        new("cqa", "CommonsenseQA", "CoS-E v1.11", TaskKind.MultipleChoice, RowFormat.Choices, HasValidFile: false, 1000, 9741, 0, 1221),
        new("svamp", "SVAMP", "SVAMP, 800 and 200 rows", TaskKind.Equation, RowFormat.Equation, HasValidFile: false, 500, 800, 0, 200),
        new("esnli", "e-SNLI", "e-SNLI", TaskKind.Inference, RowFormat.InferenceAnswerLine, HasValidFile: true, 5500, 549_367, 9842, 9824),
        new(
            "anli1", "ANLI round 1", "ANLI, round 1", TaskKind.Inference, RowFormat.InferenceSentence, HasValidFile: true, 5000, 16_946,
            1000, 1000),
        new(
            "asdiv", "ASDiv with SVAMP", "SVAMP's training rows, then ASDiv's; SVAMP's test split", TaskKind.Equation,
            RowFormat.WordProblem, HasValidFile: false, 1000, 0, 0, 200) { JoinedTo = "svamp" },
        new(
            DemoDataset.Name, "Demo", "Word problems that this program makes", TaskKind.Equation, RowFormat.Equation, HasValidFile: true, 0,
            2000, 200, 500) { IsGenerated = true },
    ];

    /// <summary>Returns the supported datasets and those that were imported into a data folder.</summary>
    public static IReadOnlyList<DatasetInfo> In(string dataDir)
    {
        try
        {
            return !Directory.Exists(dataDir) ? All : [.. All, .. Directory.EnumerateDirectories(dataDir)
                .Select(folder => Path.GetFileName(folder))
                .Where(name => All.All(known => known.Name != name))
                .Order(StringComparer.OrdinalIgnoreCase)
                .Select(name => FindImported(name, dataDir))
                .OfType<DatasetInfo>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return All;
        }
    }

    /// <summary>Returns why a dataset is missing, as a phrase that follows its name; null for a supported or imported one.</summary>
    public static string? WhyMissing(string name, string dataDir) =>
        All.Any(d => d.Name == name) || FindImported(name, dataDir) is not null ? null : $"is unknown; name one of "
            + $"{string.Join(", ", In(dataDir).Select(d => d.Name))}, or import it";

    /// <exception cref="InputException">There is no supported dataset with that name.</exception>
    public static DatasetInfo Get(string name) =>
        All.FirstOrDefault(d => d.Name == name)
        ?? throw new InputException($"There is no dataset \"{name}\"; choose one of {string.Join(", ", All.Select(d => d.Name))}.");

    /// <param name="name">The name of a supported dataset, or of one that was imported.</param>
    /// <param name="dataDir">The folder that holds the imported datasets.</param>
    /// <exception cref="InputException">There is no dataset with that name.</exception>
    public static DatasetInfo Get(string name, string dataDir) =>
        All.FirstOrDefault(d => d.Name == name)
        ?? FindImported(name, dataDir)
        ?? throw new InputException($"There is no dataset \"{name}\"; choose one of {string.Join(", ", In(dataDir).Select(d => d.Name))}, "
            + $"or import it.");

    private static DatasetInfo? FindImported(string name, string dataDir)
    {
        if (!DatasetNames.IsValid(name))
        {
            return null;
        }

        try
        {
            return DatasetCard.Read(Path.Combine(dataDir, name)) is { } card
                ? Imported(name, card.Task, $"imported from {string.Join(", ", card.Sources.Select(source => source.File).Take(3))}") with
                {
                    HasValidFile = card.Splits.ContainsKey(Dataset.Valid),
                    TrainRows = card.Splits.GetValueOrDefault(Dataset.Train),
                    ValidRows = card.Splits.GetValueOrDefault(Dataset.Valid),
                    TestRows = card.Splits.GetValueOrDefault(Dataset.Test),
                }
                : null;
        }
        catch (InputException e)
        {
            return Imported(name, TaskKind.Text, "imported") with { Problem = e.Message };
        }
    }

    private static DatasetInfo Imported(string name, TaskKind task, string source) =>
        new(
            name, name, source, task, FormatOf(task), HasValidFile: false, ChunkSize: 0, TrainRows: 0, ValidRows: 0,
            TestRows: 0)
        { IsImported = true };

    /// <summary>Returns the form in which a teacher answers rows of a task.</summary>
    private static RowFormat FormatOf(TaskKind task) => task switch
    {
        TaskKind.MultipleChoice => RowFormat.Choices,
        TaskKind.Equation => RowFormat.Equation,
        TaskKind.Inference => RowFormat.InferenceSentence,
        _ => RowFormat.Text,
    };
}
