using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Formatting;

namespace DistillStudio.Engine.Settings;

/// <content>What is evaluated, generated and exported.</content>
public static partial class SettingsTable
{
    public static Setting MaxInputLength { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.MaxInputLength), "Input length", "Maximum tokens per input; the rest is cut off", spec => spec.MaxInputLength,
            (spec, value) => spec with { MaxInputLength = value }, 2, SettingLimits.LongestInput) with
        {
            Display = spec => $"{Format.Count(spec.MaxInputLength)} tokens at most",
            IsAdvanced = true,
            IsFixedInBranch = true,
        };

    public static Setting GenMaxLen { get; } =
        SettingFactory.Whole(
            nameof(RunSpec.GenMaxLen), "Answer length", "Maximum tokens generated per answer", spec => spec.GenMaxLen,
            (spec, value) => spec with { GenMaxLen = value }, 1, SettingLimits.LongestAnswer) with
        {
            Group = SettingGroup.Evaluation,
            Display = spec => $"{Format.Count(spec.GenMaxLen)} tokens at most",
            IsAdvanced = true,
        };

    public static Setting OutputRationale { get; } =
        SettingFactory.Switch(
            nameof(RunSpec.OutputRationale), "Rationales evaluated", "Write a rationale for every evaluated row, not only for the samples",
            "for every row", "for the samples",
            spec => spec.OutputRationale, (spec, value) => spec with { OutputRationale = value }) with
        {
            WhyNot = spec => MethodNames.HasRationaleTask(spec.Method) ? null : "Only step-by-step writes rationales apart from labels.",
            IsAdvanced = true,
        };

    public static Setting Keep { get; } =
        SettingFactory.Choice(
            nameof(RunSpec.Keep), "Exported weights", "Weights to export: best (by validation accuracy) or last", "WEIGHTS",
            spec => spec.Keep, (RunSpec spec, KeepModel value) => spec with { Keep = value }) with
        {
            Group = SettingGroup.Evaluation,
            Paper = "last",
            IsAdvanced = true,
            MayDifferOnResume = true,
        };

    public static Setting KeepBlankLabels { get; } =
        SettingFactory.Switch(
            nameof(RunSpec.KeepBlankLabels), "Blank teacher labels", "Train on blank teacher labels too, as the original does", "kept",
            "left out",
            spec => spec.KeepBlankLabels, (spec, value) => spec with { KeepBlankLabels = value }).Dashed() with
        {
            WhyNot = spec => spec.LabelSource == Settings.LabelSource.Llm ? null : "Only teachers leave labels blank.",
            IsAdvanced = true,
        };

    public static Setting LeaveOutRejected { get; } =
        SettingFactory.Switch(
            nameof(RunSpec.LeaveOutRejected), "Rejected rows", "Leave out training rows that the review of the teacher rejected",
            "left out", "kept", spec => spec.LeaveOutRejected, (spec, value) => spec with { LeaveOutRejected = value }).Dashed() with
        {
            IsAdvanced = true,
        };

    public static Setting EvalLimit { get; } =
        SettingFactory.Optional(
            nameof(RunSpec.EvalLimit), "Rows evaluated", "Maximum rows per evaluation", spec => spec.EvalLimit,
            (spec, value) => spec with { EvalLimit = value }, "all", 1)
            .Dashed() with
        {
            Group = SettingGroup.Evaluation,
            Display = spec => spec.EvalLimit is { } limit ? $"{Format.Count(limit)} at most" : "all",
            IsAdvanced = true,
        };
}
