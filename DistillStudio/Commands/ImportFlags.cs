using System.CommandLine;
using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Commands;

/// <summary>The flags of <c>datasets import</c> that define what to import, and how.</summary>
internal sealed class ImportFlags
{
    private readonly Option<string[]> _file = Usage.Flag(
        "--file", "[SPLIT=]FILE", "A file with rows, or the original's folder; may be repeated, once per split");
    private readonly Option<string[]> _task = Usage.Flag("--task", "TASK", "text, choice, equation or nli [proposed]");
    private readonly Option<string[]> _input = Usage.Flag(
        "--input", "TEMPLATE", "The input, with columns in braces, such as '{context}\\n{question}' [proposed]");
    private readonly Option<string[]> _label = Usage.Flag("--label", "COL", "Column of the true label [proposed]");
    private readonly Option<string[]> _choices = Usage.Flag("--choices", "COL[,COL]", "Column of the choices, or one column per choice");
    private readonly Option<string[]> _rationale = Usage.Flag(
        "--rationale", "COL", "Column of the dataset's own rationale, imported as the teacher own");
    private readonly Option<string[]> _teacher = Usage.Flag("--teacher", "NAME", "Name of the teacher whose answers are imported too");
    private readonly Option<string[]> _teacherLabel = Usage.Flag("--teacher-label", "COL", "Column of the teacher's label");
    private readonly Option<string[]> _teacherRationale = Usage.Flag("--teacher-rationale", "COL", "Column of the teacher's rationale");
    private readonly Option<string[]> _teacherFile = Usage.Flag(
        "--teacher-file", "[SPLIT=]FILE", "A file with the teacher's answers, joined by the order of the rows; may be repeated");
    private readonly Option<string[]> _key = Usage.Flag("--key", "COL", "Column by which the teacher's files are joined instead");
    private readonly Option<string[]> _splitColumn = Usage.Flag("--split-column", "COL", "Column that names each row's split");
    private readonly Option<string[]> _validShare = Usage.Flag(
        "--valid-share", "X", "Share of the training rows drawn for validation [0.1 if nothing else defines the splits]");
    private readonly Option<string[]> _testShare = Usage.Flag(
        "--test-share", "Y", "Share of the training rows drawn for the test [0.1 if there is no test split]");
    private readonly Option<string[]> _seed = Usage.Flag("--seed", "N", "Seed of the draw [0]");

    public IEnumerable<Option> Options =>
        [
            _file, _task, _input, _label, _choices, _rationale, _teacher, _teacherLabel, _teacherRationale, _teacherFile, _key,
            _splitColumn, _validShare, _testShare, _seed,
        ];

    public ImportFlagValues Read(Usage usage)
    {
        string[] files = [.. usage.Texts(_file)];
        if (files.Length == 0 && usage.TextOrEmpty(_file) is null)
        {
            usage.Required(_file, "name the file to import");
        }

        TaskKind? task = TaskNames.Parse(usage.Text(_task));
        if (task is null && usage.Text(_task) is { } unknown)
        {
            usage.Add($"--task {unknown} is unknown; use text, choice, equation or nli.");
        }

        string? key = usage.Text(_key);
        string[] teacherFiles = [.. usage.Texts(_teacherFile)];
        if (key is not null && teacherFiles.Length == 0)
        {
            usage.Add($"{_key.Name} {key} joins the teacher's files, but none is named; name them with {_teacherFile.Name}, or leave "
                + $"{_key.Name} out.");
        }

        return new ImportFlagValues
        {
            Files = [.. files.Select(file => ImportFile.Parse(file)).Select(file => file with { Path = usage.Expand(file.Path) })],
            TeacherFiles =
                [.. teacherFiles.Select(ImportFile.Parse).Select(file => file with { Path = usage.Expand(file.Path) })],
            Task = task,
            Input = usage.Text(_input),
            Label = usage.Text(_label),
            Choices = usage.Text(_choices),
            Rationale = usage.Text(_rationale),
            Teacher = usage.Text(_teacher),
            TeacherLabel = usage.Text(_teacherLabel),
            TeacherRationale = usage.Text(_teacherRationale),
            Key = key,
            SplitColumn = usage.Text(_splitColumn),
            ValidShare = Share(usage, _validShare),
            TestShare = Share(usage, _testShare),
            Seed = usage.Whole(_seed, 0, int.MaxValue) ?? 0,
        };
    }

    private static double? Share(Usage usage, Option<string[]> flag)
    {
        if (usage.Text(flag) is not { } text)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is >= 0 and < 1)
        {
            return share;
        }

        usage.Add($"{flag.Name} {text} is out of range; give a fraction from 0 to below 1.");
        return null;
    }
}

/// <summary>The values of <see cref="ImportFlags"/>; null where a flag is absent.</summary>
internal sealed record ImportFlagValues
{
    public required IReadOnlyList<ImportFile> Files { get; init; }

    public required IReadOnlyList<ImportFile> TeacherFiles { get; init; }

    public TaskKind? Task { get; init; }

    public string? Input { get; init; }

    public string? Label { get; init; }

    public string? Choices { get; init; }

    public string? Rationale { get; init; }

    public string? Teacher { get; init; }

    public string? TeacherLabel { get; init; }

    public string? TeacherRationale { get; init; }

    public string? Key { get; init; }

    public string? SplitColumn { get; init; }

    public double? ValidShare { get; init; }

    public double? TestShare { get; init; }

    public int Seed { get; init; }

    /// <summary>Fills in what is not given from a proposal; proposes a rationale and a teacher only if neither input nor label is
    /// given.</summary>
    /// <exception cref="InputException">The first file cannot be read as rows.</exception>
    public async Task<ImportRequest> ToRequestAsync(string name, string dataDir, bool isDryRun, CancellationToken stop)
    {
        SourceSample sample = await SourceSample.ReadAsync(Files[0].Path, stop);
        if (sample.WhyEmpty is { } why)
        {
            throw new InputException(why);
        }

        ColumnMapping proposed = MappingProposal.Propose(sample.Rows);
        bool isProposed = Input is null && Label is null;
        TaskKind task = Task ?? (Choices is null ? proposed.Task : TaskKind.MultipleChoice);
        string label = Label ?? proposed.Label;
        string? choices = Choices ?? (task == TaskKind.MultipleChoice ? proposed.Choices : null);
        return new ImportRequest(name, dataDir, Files, new(task, Input ?? proposed.Input, label, choices)
        {
            ChoiceLabels = choices is null ? ChoiceLabels.Text : MappingProposal.LabelsOf(sample.Rows, label, choices),
            Rationale = Rationale ?? (isProposed ? proposed.Rationale : null),
            Teacher = Teacher ?? (isProposed && TeacherFiles.Count == 0 ? proposed.Teacher : null),
            TeacherLabel = TeacherLabel ?? (isProposed && TeacherFiles.Count == 0 ? proposed.TeacherLabel : null),
            TeacherRationale = TeacherRationale ?? (isProposed && TeacherFiles.Count == 0 ? proposed.TeacherRationale : null),
            Key = Key,
        })
        {
            TeacherFiles = TeacherFiles,
            SplitColumn = SplitColumn ?? (isProposed
                && Files.Count == 1
                && Files[0].Split is null
                && (ValidShare ?? TestShare) is null ? MappingProposal.SplitColumn(sample.Rows) : null),
            ValidShare = ValidShare,
            TestShare = TestShare,
            Seed = Seed,
            IsDryRun = isDryRun,
        };
    }
}
