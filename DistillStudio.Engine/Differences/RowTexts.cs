using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation.Rationales;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Differences;

/// <summary>The texts of a row.</summary>
/// <param name="Row">Index of the row in its file.</param>
/// <param name="TeacherLabel">Null without a teacher.</param>
/// <param name="TeacherRationale">Null without a teacher, and if it is blank.</param>
/// <param name="Words">Number of words in the input.</param>
public sealed record RowText(int Row, string Input, string Truth, string? TeacherLabel, string? TeacherRationale, int Words);

/// <summary>The texts of the rows on which a run is evaluated, by <see cref="RowDifference.Key"/>. Runs keep answers but no rows.</summary>
/// <param name="Task">Kind of the task.</param>
/// <param name="Test">The test rows.</param>
/// <param name="Valid">The validation rows.</param>
public sealed record RowTexts(TaskKind Task, IReadOnlyDictionary<string, RowText> Test, IReadOnlyDictionary<string, RowText> Valid)
{
    /// <summary>Loads the rows of a run's dataset.</summary>
    /// <param name="spec">Names dataset, teacher and the rows set aside for validation.</param>
    /// <param name="home">Location of the datasets, unless the spec names another.</param>
    /// <exception cref="InputException">The dataset no longer exists or cannot be read.</exception>
    public static RowTexts Load(RunSpec spec, StudioHome home)
    {
        Dataset dataset = DatasetReader.Load(spec.Dataset, spec.DataDir ?? home.Datasets, spec.Teacher is null ? [] : [spec.Teacher]);
        TrainingData data = TrainingData.Select(dataset, spec.Selection);
        return new(data.Task, ByKey(data.Test), ByKey(data.Valid));
    }

    private static Dictionary<string, RowText> ByKey(IReadOnlyList<TrainingRow> rows)
    {
        IReadOnlyList<string> keys = RowDigests.KeysOf(rows);
        return rows.Select((row, i) => (Key: keys[i], Row: row)).DistinctBy(row => row.Key).ToDictionary(
            row => row.Key,
            row => new RowText(
                row.Row.Index, row.Row.Input, row.Row.Truth, row.Row.TeacherLabel, row.Row.Rationale, Words.Count(row.Row.Input)));
    }
}
