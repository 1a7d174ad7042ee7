using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Data;

/// <summary>Which rows of a dataset a run learns from, and whose labels.</summary>
/// <param name="TeacherLabels">Train on the teacher's labels instead of the truth.</param>
/// <param name="Teacher">Whose answers; null for none.</param>
/// <param name="Subsample">Fraction of the training rows kept, in (0, 1].</param>
/// <param name="Seed">Of the draw behind <paramref name="Subsample"/>.</param>
/// <param name="KeepBlankLabels">Train on what the teacher left blank too, as the original does.</param>
public sealed record DataSelection(bool TeacherLabels = false, string? Teacher = null, double Subsample = 1.0, int Seed = 0, bool KeepBlankLabels = false);

/// <summary>One row of a run.</summary>
/// <param name="Index">Its place, from 0, in the file of the split it comes from; validation rows set aside keep their place in train.</param>
/// <param name="Input">Without task prefix.</param>
/// <param name="Label">What is learned: the truth, or the teacher's label.</param>
/// <param name="Truth">The dataset's label; what answers are judged by.</param>
/// <param name="TeacherLabel">Null without a teacher, or where it has no answers for the split.</param>
/// <param name="Rationale">The teacher's; null without one, and where it is blank and blanks are not kept: such a row has its label alone to teach or to measure.</param>
public sealed record TrainingRow(int Index, string Input, string Label, string Truth, string? TeacherLabel, string? Rationale);

/// <summary>The rows of a run: training, validation, test. The same selection gives the same rows on every machine.</summary>
/// <param name="Train">At least one.</param>
/// <param name="Valid">Labels are the truth.</param>
/// <param name="Test">Labels are the truth.</param>
/// <param name="IsValidSetAside">The validation rows were taken from the training rows, for want of a file.</param>
/// <param name="BlankLabels">Training rows whose teacher label is blank; 0 where the teacher's labels are not trained on.</param>
/// <param name="BlankRationales">Rows of <paramref name="Train"/> whose rationale is blank.</param>
/// <param name="LeftOut">Rows left out of <paramref name="Train"/> for a blank label.</param>
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
    /// <summary>Set aside for validation where a dataset has no file for it, always the same rows.</summary>
    private const double ValidFraction = 0.1;
    private const ulong ValidSeed = 0;

    /// <summary>
    /// The method's order: draw the subsample with the run's seed, set validation rows aside with the fixed seed, then swap labels and
    /// leave blanks out of training. So the two label sources, and standard and step-by-step, share their validation rows.
    /// </summary>
    /// <exception cref="InputException">The dataset lacks a split or a teacher's answers, the selection is out of range, or it leaves no row.</exception>
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

        int[] kept = Subsample(train.Rows.Count, selection);
        int[] aside = [];
        if (valid is null)
        {
            (kept, aside) = SetAside(kept, dataset.Name);
        }

        IReadOnlyList<TeacherAnswer>? answers = selection.Teacher is null ? null : train.Teachers[selection.Teacher];
        int blankLabels = selection.TeacherLabels ? kept.Count(i => answers![i].IsLabelBlank) : 0;
        if (!selection.KeepBlankLabels && blankLabels > 0)
        {
            kept = [.. kept.Where(i => !answers![i].IsLabelBlank)];
        }

        if (kept.Length == 0)
        {
            throw new InputException($"{dataset.Name}: no training row is left of {train.Rows.Count}; raise --subsample, or keep blank teacher labels with --keep-blank-labels.");
        }

        return new TrainingData(
            dataset.Name,
            dataset.Task,
            [.. kept.Select(i => TrainRow(train.Rows[i], answers?[i], i, selection))],
            valid is null ? [.. aside.Select(i => JudgedRow(train, i, selection))] : JudgedRows(valid, selection),
            JudgedRows(test, selection),
            IsValidSetAside: valid is null,
            blankLabels,
            answers is null ? 0 : kept.Count(i => answers[i].IsRationaleBlank),
            selection.KeepBlankLabels ? 0 : blankLabels);
    }

    /// <summary>Indices of the rows kept, in the order of the file: ⌊f·n⌋ of them and at least one. With one seed, a smaller share lies within a larger one.</summary>
    private static int[] Subsample(int count, DataSelection selection)
    {
        if (selection.Subsample == 1)
        {
            return [.. Enumerable.Range(0, count)];
        }

        // 0.29 × 100 is a hair under 29 in binary; a share of whole rows must not lose one to that.
        int kept = Math.Max(1, (int)Math.Floor((selection.Subsample * count) + 1e-9));
        int[] order = new SeededRandom((ulong)selection.Seed).Permutation(count)[..kept];
        Array.Sort(order);
        return order;
    }

    private static (int[] Kept, int[] Aside) SetAside(int[] rows, string name)
    {
        int count = (int)Math.Ceiling((rows.Length * ValidFraction) - 1e-9);
        if (count >= rows.Length)
        {
            throw new InputException($"{name}: {rows.Length} training row cannot be divided into training and validation; give at least two or raise --subsample.");
        }

        int[] order = new SeededRandom(ValidSeed).Permutation(rows.Length);
        int[] aside = [.. order[..count].Order().Select(i => rows[i])];
        int[] kept = [.. order[count..].Order().Select(i => rows[i])];
        return (kept, aside);
    }

    private static TrainingRow TrainRow(Row row, TeacherAnswer? answer, int index, DataSelection selection) => new(
        index, row.Input, selection.TeacherLabels ? answer!.Label : row.Label, row.Label, answer?.Label, Rationale(answer, selection));

    private static TrainingRow[] JudgedRows(Split split, DataSelection selection) =>
        [.. Enumerable.Range(0, split.Rows.Count).Select(i => JudgedRow(split, i, selection))];

    private static TrainingRow JudgedRow(Split split, int index, DataSelection selection)
    {
        TeacherAnswer? answer = selection.Teacher is not null && split.Teachers.TryGetValue(selection.Teacher, out IReadOnlyList<TeacherAnswer>? answers)
            ? answers[index]
            : null;
        Row row = split.Rows[index];
        return new TrainingRow(index, row.Input, row.Label, row.Label, answer?.Label, Rationale(answer, selection));
    }

    private static string? Rationale(TeacherAnswer? answer, DataSelection selection) =>
        answer is null || (answer.IsRationaleBlank && !selection.KeepBlankLabels) ? null : answer.Rationale;
}
