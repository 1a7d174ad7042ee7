using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Compares what two runs began from, by their recorded fingerprints where both have them, by names and paths elsewhere.</summary>
internal static class RunData
{
    /// <summary>Returns true if both began from the same model: random weights of one shape are the same model under other seeds.</summary>
    public static bool IsSameModel(ComparedRun one, ComparedRun other) =>
        SettingsTable.FromPretrained.Write(one.Spec) == SettingsTable.FromPretrained.Write(other.Spec);

    /// <summary>Returns true if both learned from the same rows, in whatever order.</summary>
    public static bool IsSameData(ComparedRun one, ComparedRun other) => one.Spec.Dataset == other.Spec.Dataset;
}
