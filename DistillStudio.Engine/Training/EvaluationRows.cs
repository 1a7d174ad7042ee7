using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>Selects the rows on which a trained model is evaluated, with the truth as label.</summary>
public static class EvaluationRows
{
    /// <param name="dataset">The loaded dataset.</param>
    /// <param name="split">Name of one of the three splits. Without a validation file, the rows that training set aside for
    /// validation.</param>
    /// <param name="teacher">Teacher whose rationales are included; null for none.</param>
    /// <param name="trained">Settings of the trained model, which determine the rows set aside; null for the paper's settings.</param>
    /// <exception cref="InputException">The split is missing.</exception>
    public static IReadOnlyList<TrainingRow> Of(Dataset dataset, string split, string? teacher, RunSpec? trained)
    {
        if (split == Dataset.Valid && !dataset.HasValidFile())
        {
            string? there = teacher is not null && dataset.RequireSplit(Dataset.Train).Teachers.ContainsKey(teacher) ? teacher : null;
            return TrainingData.Select(
                dataset,
                (trained?.Selection ?? new())
                    .WithoutTeacher() with
                { TeacherLabels = false, Teacher = there, KeepBlankLabels = false }).Valid;
        }

        Split rows = dataset.RequireSplit(split);
        IReadOnlyList<TeacherAnswer>? answers = teacher is null ? null : rows.Teachers.GetValueOrDefault(teacher);
        return [.. rows.Rows.Select((row, i) => new TrainingRow(
            i, row.Input, row.Label, row.Label, answers?[i].Label,
            answers is null || answers[i].IsRationaleBlank ? null : answers[i].Rationale))];
    }
}
