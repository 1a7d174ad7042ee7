using DistillStudio.Engine.Data;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>The rows on which a finished model is judged, with the truth as label.</summary>
public static class EvaluationRows
{
    /// <param name="dataset">As loaded.</param>
    /// <param name="split">One of the three names. Where validation rows have no file, those that training set aside.</param>
    /// <param name="teacher">Whose rationales go along; null for none.</param>
    /// <param name="trained">The model's settings, which decide what was set aside; null for the paper's.</param>
    /// <exception cref="InputException">The split is missing.</exception>
    public static IReadOnlyList<TrainingRow> Of(Dataset dataset, string split, string? teacher, RunSpec? trained)
    {
        if (split == Dataset.Valid && !dataset.HasValidFile())
        {
            string? there = teacher is not null && dataset.RequireSplit(Dataset.Train).Teachers.ContainsKey(teacher) ? teacher : null;
            return TrainingData.Select(dataset, new DataSelection(Teacher: there, Subsample: trained?.Subsample ?? 1, Seed: trained?.Seed ?? 0)).Valid;
        }

        Split rows = dataset.RequireSplit(split);
        IReadOnlyList<TeacherAnswer>? answers = teacher is null ? null : rows.Teachers.GetValueOrDefault(teacher);
        return [.. rows.Rows.Select((row, i) => new TrainingRow(
            i, row.Input, row.Label, row.Label, answers?[i].Label, answers is null || answers[i].IsRationaleBlank ? null : answers[i].Rationale))];
    }
}
