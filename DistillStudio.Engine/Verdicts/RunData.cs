using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Compares what two runs began from, by their recorded fingerprints where both have them, by names and paths elsewhere.</summary>
internal static class RunData
{
    /// <summary>Returns true if both began from the same model: random weights of one shape are the same model under other seeds.</summary>
    public static bool IsSameModel(ComparedRun one, ComparedRun other) =>
        one.Environment?.Fingerprints is { } first && other.Environment?.Fingerprints is { } second && first.Config is not null
            && second.Config is not null
            ? first.Config == second.Config && first.Tokenizer == second.Tokenizer
                && (one.Spec.Init == ModelInit.Random || first.Weights == second.Weights)
            : SettingsTable.FromPretrained.Write(one.Spec) == SettingsTable.FromPretrained.Write(other.Spec);

    /// <summary>
    /// Returns true if both learned from the same data: the same files, or the same rows in whatever order. What is not recorded of both
    /// counts as the same under the same name.
    /// </summary>
    public static bool IsSameData(ComparedRun one, ComparedRun other) =>
        one.Spec.Dataset == other.Spec.Dataset
        && (
            one.Environment?.Fingerprints is not { } first || other.Environment?.Fingerprints is not { } second
                || (HasSameRows(first, second) && HasSameTeacher(one, other)));

    private static bool HasSameRows(RunFingerprints one, RunFingerprints other) =>
        one.Dataset is null || other.Dataset is null || one.Dataset == other.Dataset
            || (one.Train is { } rows && rows.Content == other.Train?.Content);

    private static bool HasSameTeacher(ComparedRun one, ComparedRun other) =>
        !one.Spec.NeedsTeacher || !other.Spec.NeedsTeacher
            || one.Environment!.Fingerprints!.Teacher == other.Environment!.Fingerprints!.Teacher;
}
