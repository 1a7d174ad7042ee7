using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verdicts;

/// <summary>Names a run or a method by the value of a setting.</summary>
public static class SettingPhrase
{
    /// <summary>Returns the value in words that stand alone: <c>Step-by-step</c>, <c>alpha 0.1</c>, <c>400 steps</c>.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="value">Its display text.</param>
    public static string Of(Setting setting, string value) => setting.Property switch
    {
        nameof(RunSpec.Method) or nameof(RunSpec.FromPretrained) or nameof(RunSpec.Dataset) => value,
        nameof(RunSpec.LabelSource) => value == setting.Choices[0].Title ? "true labels" : "teacher's labels",
        nameof(RunSpec.Subsample) => $"{value} of the data",
        nameof(RunSpec.MaxSteps) => $"{value} steps",
        nameof(RunSpec.BatchSize) => $"batch {value}",
        _ => $"{char.ToLowerInvariant(setting.Title[0])}{setting.Title[1..]} {value}",
    };
}
