using DistillStudio.Components.Controls;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>Rules for compatible settings: why a choice is unavailable, and how other settings change with it.</summary>
public static class LaunchRules
{
    /// <summary>Returns a method as a choice.</summary>
    public static Choice ChoiceOf(string method, DatasetChoice? dataset) =>
        new(method, MethodNames.Title(method), MethodNames.Summary(method), WhyNotMethod(method, dataset)) { Method = method };

    /// <summary>Returns the reason why a method cannot be chosen; null if it can.</summary>
    public static string? WhyNotMethod(string method, DatasetChoice? dataset) =>
        method != MethodNames.Standard && dataset is { Teachers.Count: 0 } ? $"{dataset.Name} has no teacher's rationales."
        : method == MethodNames.SeveralTeachers
            && dataset is { Teachers.Count: 1 } ? $"{dataset.Name} has one teacher only, {dataset.Teachers[0]}."
        : null;

    public static string? WhyNotTeacherLabels(DatasetChoice? dataset) =>
        dataset is { Teachers.Count: 0 } ? $"{dataset.Name} has no teacher's labels." : null;

    public static string? WhyNotPretrained(ModelChoice? model) =>
        model is { HasWeights: false } ? $"{model.Name} has no weights, so training starts from random ones." : null;

    /// <summary>Returns the reason why a model's files cannot be used with these settings; null if they can.</summary>
    public static string? WhyUnusable(RunSpec spec, ModelChoice? model) =>
        model is { Problem: { } problem } && (spec.Init == ModelInit.Pretrained || model.Parameters is null) ? problem : null;

    public static string? WhyNoPair(RunSpec spec, DatasetChoice? dataset) =>
        dataset is { Teachers.Count: 0 } ? $"A pair needs rationales, but {spec.Dataset} has no teacher." : null;

    /// <summary>Returns the reason why a branch keeps a setting as it was; null if it can change.</summary>
    public static string? WhyFixed(Setting setting, LaunchDraft draft) =>
        draft.Parent is not null && setting.IsFixedInBranch ? "A branch keeps this as it was." : null;

    /// <summary>Returns the problem of a branch whose checkpoint is not there; empty if it is, or if none is named.</summary>
    /// <param name="checkpoints">Steps of the checkpoints that the run to branch from keeps now.</param>
    public static IEnumerable<SpecProblem> CheckCheckpoint(RunSpec spec, IReadOnlyList<int> checkpoints) =>
        checkpoints.Count == 0 ? [new(SettingsTable.BranchStep, "this run has no checkpoint to branch from.")]
        : spec.BranchStep is { } step && !checkpoints.Contains(step)
        ? [new(SettingsTable.BranchStep, $"step {Format.Count(step)} is not a checkpoint of this run; choose another.")]
        : [];

    /// <summary>Returns the closest compatible settings.</summary>
    public static RunSpec Settle(RunSpec spec, LaunchChoices choices)
    {
        DatasetChoice? dataset = DatasetOf(spec, choices);
        if (dataset is { Teachers.Count: 0 })
        {
            spec = spec with { Method = MethodNames.Standard, LabelSource = LabelSource.Gt, LeaveOutRejected = false };
        }

        if (WhyNotMethod(spec.Method, dataset) is not null)
        {
            spec = spec with { Method = MethodNames.TaskPrefix };
        }

        spec = spec with
        {
            Teacher = spec.NeedsTeacher ? TeacherFor(spec, dataset) : null,
            OutputRationale = spec.OutputRationale && SettingsTable.OutputRationale.Applies(spec),
            KeepBlankLabels = spec.KeepBlankLabels && SettingsTable.KeepBlankLabels.Applies(spec),
        };
        return ModelOf(spec, choices) is { HasWeights: false } ? spec with { Init = ModelInit.Random } : spec;
    }

    /// <summary>Returns the chosen teachers if the dataset and the method allow them, otherwise the first that they do.</summary>
    private static string TeacherFor(RunSpec spec, DatasetChoice? dataset)
    {
        string[] chosen = [
            .. TeacherNames.Split(spec.Teacher ?? "").Where(name => name.Length > 0 && (dataset is null || dataset.Teachers.Contains(name)))
        ];
        int count = spec.Method == MethodNames.SeveralTeachers ? Math.Max(2, chosen.Length) : 1;
        string[] teachers = [.. chosen.Union(dataset?.Teachers ?? [DatasetLayout.Palm, DatasetLayout.Gpt]).Take(count)];
        return TeacherNames.Join(teachers);
    }

    /// <summary>Returns the spec's dataset in the home; null if a data folder is given or the home has no such dataset.</summary>
    public static DatasetChoice? DatasetOf(RunSpec spec, LaunchChoices choices) =>
        spec.DataDir is null ? choices.Datasets.FirstOrDefault(d => d.Name == spec.Dataset) : null;

    public static ModelChoice? ModelOf(RunSpec spec, LaunchChoices choices) =>
        choices.Models.FirstOrDefault(m => m.FromPretrained == spec.FromPretrained);
}
