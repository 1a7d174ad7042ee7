using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data;

/// <summary>How the rows of a fraction of the training rows are drawn.</summary>
public enum DataDraw
{
    /// <summary>
    /// As in the original code: draws the fraction first, then takes validation rows from it if there is no validation file. Validation
    /// rows therefore differ between fractions and between seeds.
    /// </summary>
    Original,

    /// <summary>
    /// Sets the validation rows aside first, always the same ones, then draws the fraction from the rest: with the same seed, the rows of
    /// a smaller fraction are among those of a larger one, and no row trained on in one run validates another.
    /// </summary>
    Nested,
}

/// <summary>Selects the rows of a dataset that a run trains on, and the source of their labels.</summary>
/// <param name="TeacherLabels">Train on the teacher's labels instead of the true labels.</param>
/// <param name="Teacher">The teacher whose answers are used; null for none.</param>
/// <param name="Subsample">Fraction of the training rows kept, in (0, 1].</param>
/// <param name="Seed">Seed of the random draw for <paramref name="Subsample"/>.</param>
/// <param name="KeepBlankLabels">Also train on blank teacher labels, as the original does.</param>
/// <param name="Draw">How <paramref name="Subsample"/> is drawn; both draws give the same rows for a dataset with a validation file, and
/// for a fraction of 1.</param>
public sealed record DataSelection(
    bool TeacherLabels = false, string? Teacher = null, double Subsample = 1.0, int Seed = 0, bool KeepBlankLabels = false,
    DataDraw Draw = DataDraw.Original)
{
    /// <summary>Further teachers whose rationales are used.</summary>
    public IReadOnlyList<string> FurtherTeachers { get; init; } = [];

    /// <summary>
    /// Maximum number of rationales per row of <see cref="Teacher"/>; further ones are named by <see cref="RationaleSamples.NamesOf"/>.
    /// </summary>
    public int MostRationales { get; init; } = 1;

    /// <summary>Excludes training rows that the review of any teacher rejected.</summary>
    public bool LeaveOutRejected { get; init; }

    /// <summary>How the rationales are changed.</summary>
    public RationaleChange Change { get; init; }

    /// <summary>Returns the selection without any teacher: of the rows only.</summary>
    public DataSelection WithoutTeacher() =>
        this with { Teacher = null, FurtherTeachers = [], MostRationales = 1, LeaveOutRejected = false };
}

/// <summary>One row of a run.</summary>
/// <param name="Index">Index, from 0, in the file of its original split; validation rows taken from train keep their index in
/// train.</param>
/// <param name="Input">Input without task prefix.</param>
/// <param name="Label">The training label: the true label or the teacher's.</param>
/// <param name="Truth">The dataset's label, against which answers are scored.</param>
/// <param name="TeacherLabel">The teacher's label; null without a teacher, or if it has no answers for the split.</param>
/// <param name="Rationale">The teacher's rationale; null without a teacher, and if it is blank and blanks are not kept: then only the
/// label is used in training and evaluation.</param>
public sealed record TrainingRow(int Index, string Input, string Label, string Truth, string? TeacherLabel, string? Rationale)
{
    /// <summary>The rationales of further sources, in the order of <see cref="TrainingData.Teachers"/>; null as for
    /// <see cref="Rationale"/>.</summary>
    public IReadOnlyList<string?> FurtherRationales { get; init; } = [];

    /// <summary>The rationales of all sources.</summary>
    internal IReadOnlyList<string?> Rationales => [Rationale, .. FurtherRationales];
}

/// <summary>The training, validation and test rows of a run. The same selection gives the same rows on every machine.</summary>
/// <param name="Train">At least one row.</param>
/// <param name="Valid">Validation rows with true labels.</param>
/// <param name="Test">Test rows with true labels.</param>
/// <param name="IsValidSetAside">True if the validation rows were taken from the training rows because there is no file.</param>
/// <param name="BlankLabels">Number of training rows whose teacher label is blank; 0 unless training on the teacher's labels.</param>
/// <param name="BlankRationales">Number of rows of <paramref name="Train"/> whose rationale is blank.</param>
/// <param name="LeftOut">Number of rows excluded from <paramref name="Train"/> because of a blank label.</param>
public sealed record TrainingData(
    string Name,
    TaskKind Task,
    IReadOnlyList<TrainingRow> Train,
    IReadOnlyList<TrainingRow> Valid,
    IReadOnlyList<TrainingRow> Test,
    bool IsValidSetAside,
    int BlankLabels,
    int BlankRationales,
    int LeftOut)
{
    /// <summary>Fraction of training rows used for validation if a dataset has no validation file; always the same rows.</summary>
    private const double ValidFraction = 0.1;
    private const ulong ValidSeed = 0;
    private const ulong ShuffleStream = 0x5AFF1E;

    /// <summary>The teachers whose rationales the rows have, by source; empty for none.</summary>
    public IReadOnlyList<string> Teachers { get; private init; } = [];

    /// <summary>
    /// Number of drawn training rows that a teacher's review rejected; excluded from <see cref="Train"/> if the selection leaves them out.
    /// </summary>
    public int Rejected { get; private init; }

    /// <summary>Returns the sources of the rationales, in the order of <see cref="Teachers"/>: those that the training rows have.</summary>
    internal static IReadOnlyList<string> TeachersOf(Split train, DataSelection selection) => selection.Teacher is null ? []
        : [
            selection.Teacher, .. selection.FurtherTeachers,
            .. RationaleSamples.NamesOf(selection.Teacher, selection.MostRationales, train.Teachers.ContainsKey),
        ];

    /// <summary>
    /// Draws the subsample with the run's seed and takes the validation rows with the fixed seed, in the order of
    /// <see cref="DataSelection.Draw"/>, then replaces labels and excludes blanks from training, so that both label sources, and
    /// standard and step-by-step, share their rows.
    /// </summary>
    /// <exception cref="InputException">The dataset lacks a split or a teacher's answers, the selection is out of range, or no row is
    /// left.</exception>
    public static TrainingData Select(Dataset dataset, DataSelection selection)
    {
        if (selection.Subsample is not (> 0 and <= 1))
        {
            throw new InputException($"subsample {selection.Subsample} is out of range; give a fraction above 0 and up to 1.");
        }

        if (selection.TeacherLabels && selection.Teacher is null)
        {
            throw new InputException("label_type llm needs a teacher; name it with --llm, such as --llm palm.");
        }

        Split train = dataset.RequireSplit(Dataset.Train);
        Split test = dataset.RequireSplit(Dataset.Test);
        Split? valid = dataset.HasValidFile() ? dataset.RequireSplit(Dataset.Valid) : null;
        if (selection.Teacher is not null)
        {
            dataset.RequireTeacher(selection.Teacher);
        }

        selection.FurtherTeachers.ToList().ForEach(dataset.RequireTeacher);
        string[] teachers = [.. TeachersOf(train, selection)];

        int[] kept = [.. Enumerable.Range(0, train.Rows.Count)];
        int[] aside = [];
        if (selection.Draw == DataDraw.Original)
        {
            kept = Subsample(kept, selection);
        }

        if (valid is null)
        {
            (kept, aside) = SetAside(kept, dataset.Name);
        }

        if (selection.Draw == DataDraw.Nested)
        {
            kept = Subsample(kept, selection);
        }

        HashSet<int> rejected = RejectedOf(dataset, train, selection, teachers);
        int rejectedRows = kept.Count(rejected.Contains);
        if (selection.LeaveOutRejected)
        {
            kept = [.. kept.Where(i => !rejected.Contains(i))];
        }

        IReadOnlyList<TeacherAnswer>? answers = selection.Teacher is null ? null : train.Teachers[selection.Teacher];
        int blankLabels = selection.TeacherLabels ? kept.Count(i => answers![i].IsLabelBlank) : 0;
        if (!selection.KeepBlankLabels && blankLabels > 0)
        {
            kept = [.. kept.Where(i => !answers![i].IsLabelBlank)];
        }

        if (kept.Length == 0)
        {
            throw new InputException($"{dataset.Name}: no training row of {train.Rows.Count} remains; raise --subsample, "
                + $"or keep {(selection.LeaveOutRejected ? "rejected rows or " : "")}blank teacher "
                + $"labels{(selection.LeaveOutRejected ? "" : " with --keep-blank-labels")}.");
        }

        return new TrainingData(
            dataset.Name,
            dataset.Task,
            Shuffle(
                [
                    .. kept.Select(i => RowOf(train, i, selection, teachers) is var row
                        && selection.TeacherLabels ? row with { Label = row.TeacherLabel! } : row)
                ],
                selection),
            valid is null ? [.. aside.Select(i => RowOf(train, i, selection, teachers))] : RowsOf(valid, selection, teachers),
            RowsOf(test, selection, teachers),
            IsValidSetAside: valid is null,
            blankLabels,
            answers is null ? 0 : kept.Count(i => answers[i].IsRationaleBlank),
            selection.KeepBlankLabels ? 0 : blankLabels)
        {
            Teachers = teachers,
            Rejected = rejectedRows,
        };
    }

    /// <summary>Returns the indices of the training rows that the review of any teacher rejected.</summary>
    private static HashSet<int> RejectedOf(Dataset dataset, Split train, DataSelection selection, string[] teachers)
    {
        IReadOnlySet<int>[] reviews = [.. teachers.Where(train.Rejected.ContainsKey).Select(teacher => train.Rejected[teacher])];
        return !selection.LeaveOutRejected || reviews.Length > 0 ? [.. reviews.SelectMany(rows => rows)]
            : selection.Teacher is { } teacher
                ? throw new InputException($"Teacher {teacher} of {dataset.Name} has no reviewed training rows, "
                    + $"so none can be left out as rejected; write its review with `teacher export {teacher} --dataset {dataset.Name} "
                    + $"--as {teacher}-reviewed` and name that teacher.")
                : throw new InputException("Rejected rows can be left out only for a teacher whose review rejected them; "
                    + "name that teacher with --llm.");
    }

    /// <summary>
    /// Returns the rows kept, in file order: ⌊f·n⌋ of them and at least one. With the same seed, a smaller fraction is a subset of a larger
    /// one.
    /// </summary>
    private static int[] Subsample(int[] rows, DataSelection selection)
    {
        if (selection.Subsample == 1)
        {
            return rows;
        }

        // 0.29 × 100 is slightly less than 29 in binary; rounding must not lose a row.
        int kept = Math.Max(1, (int)Math.Floor((selection.Subsample * rows.Length) + 1e-9));
        return [.. new SeededRandom((ulong)selection.Seed).Permutation(rows.Length)[..kept].Order().Select(i => rows[i])];
    }

    private static (int[] Kept, int[] Aside) SetAside(int[] rows, string name)
    {
        int count = (int)Math.Ceiling((rows.Length * ValidFraction) - 1e-9);
        if (count >= rows.Length)
        {
            throw new InputException($"{name}: {rows.Length} training row cannot be divided into training and validation; "
                + $"give at least two or raise --subsample.");
        }

        int[] order = new SeededRandom(ValidSeed).Permutation(rows.Length);
        int[] aside = [.. order[..count].Order().Select(i => rows[i])];
        int[] kept = [.. order[count..].Order().Select(i => rows[i])];
        return (kept, aside);
    }

    /// <summary>Passes each rationale to the next row in a cycle if they are to be shuffled.</summary>
    private static TrainingRow[] Shuffle(TrainingRow[] rows, DataSelection selection)
    {
        if (selection.Change == RationaleChange.Shuffled)
        {
            int[] explained = [.. Enumerable.Range(0, rows.Length).Where(i => rows[i].Rationale is not null)];
            int[] cycle = [
                .. new SeededRandom(SeededRandom.Derive((ulong)selection.Seed, ShuffleStream)).Permutation(explained.Length)
                    .Select(i => explained[i])
            ];
            string?[] passed = [.. cycle.Select(i => rows[i].Rationale)];
            for (int i = 0; i < cycle.Length; i++)
            {
                rows[cycle[i]] = rows[cycle[i]] with { Rationale = passed[(i + 1) % passed.Length] };
            }
        }

        return rows;
    }

    private static TrainingRow[] RowsOf(Split split, DataSelection selection, string[] teachers) =>
        [.. Enumerable.Range(0, split.Rows.Count).Select(i => RowOf(split, i, selection, teachers))];

    /// <summary>Returns a row with its true label.</summary>
    private static TrainingRow RowOf(Split split, int index, DataSelection selection, string[] teachers)
    {
        TeacherAnswer? AnswerOf(string teacher) =>
            split.Teachers.TryGetValue(teacher, out IReadOnlyList<TeacherAnswer>? answers) ? answers[index] : null;

        TeacherAnswer? answer = teachers.Length == 0 ? null : AnswerOf(teachers[0]);
        Row row = split.Rows[index];
        var result = new TrainingRow(index, row.Input, row.Label, row.Label, answer?.Label, Rationale(answer, selection));
        return teachers.Length < 2
            ? result
            : result with { FurtherRationales = [.. teachers.Skip(1).Select(teacher => Rationale(AnswerOf(teacher), selection))] };
    }

    private static string? Rationale(TeacherAnswer? answer, DataSelection selection)
    {
        string? text =
            selection.Change == RationaleChange.KeyTokens && answer is not null ? KeyTokens.Of(answer.Rationale) : answer?.Rationale;
        return text is null || (string.IsNullOrWhiteSpace(text) && !selection.KeepBlankLabels) ? null : text;
    }
}
