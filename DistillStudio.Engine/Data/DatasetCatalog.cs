using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>Format of a row in its file and of a teacher's completion.</summary>
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
    string Name, string Title, string Source, TaskKind Task, RowFormat Format, bool HasValidFile, int ChunkSize, int TrainRows, int ValidRows, int TestRows)
{
    /// <summary>The dataset whose training rows are placed first and whose test split is used; null for most.</summary>
    public string? JoinedTo { get; init; }

    /// <summary>True if the program generates the dataset, which has no files.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>The fields that a row must have in its file.</summary>
    public IReadOnlyList<string> Fields => Format switch
    {
        RowFormat.Choices => ["question", "choices", "answer"],
        RowFormat.Equation => ["input", "label"],
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
        new("anli1", "ANLI round 1", "ANLI, round 1", TaskKind.Inference, RowFormat.InferenceSentence, HasValidFile: true, 5000, 16_946, 1000, 1000),
        new("asdiv", "ASDiv with SVAMP", "SVAMP's training rows, then ASDiv's; SVAMP's test split", TaskKind.Equation, RowFormat.WordProblem, HasValidFile: false, 1000, 0, 0, 200) { JoinedTo = "svamp" },
        new(DemoDataset.Name, "Demo", "Word problems that this program makes", TaskKind.Equation, RowFormat.Equation, HasValidFile: true, 0, 2000, 200, 500) { IsGenerated = true },
    ];

    /// <exception cref="InputException">There is no dataset with that name.</exception>
    public static DatasetInfo Get(string name) =>
        All.FirstOrDefault(d => d.Name == name)
        ?? throw new InputException($"There is no dataset «{name}»; choose one of {string.Join(", ", All.Select(d => d.Name))}.");
}
