using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;

namespace DistillStudio.Engine.Settings;

/// <content>Data, model, method and teacher.</content>
public static partial class SettingsTable
{
    public static Setting FromPretrained { get; } =
        SettingFactory.Text(nameof(RunSpec.FromPretrained), "Model", "Model to start from: a Hugging Face folder, or demo", "DIR",
            spec => spec.FromPretrained, (spec, value) => spec with { FromPretrained = value }) with
        {
            Problem = spec => string.IsNullOrEmpty(spec.FromPretrained) ? "is missing; name a model's folder, or demo for the bundled "
                + "small model."
                : IsPath(spec.FromPretrained) ? null
                : "is not a folder's path; name a model's folder, or demo.",
            Display = spec => ModelName(spec.FromPretrained),
            MayDifferOnResume = true,
            IsFixedInBranch = true,
        };

    public static Setting Dataset { get; } =
        SettingFactory.Text(nameof(RunSpec.Dataset), "Dataset", "Dataset to train on", "NAME", spec => spec.Dataset, (spec, value) =>
            spec with { Dataset = value }) with
        {
            Choices = [.. DatasetCatalog.All.Select(dataset => new SettingChoice(dataset.Name, dataset.Title))],
            Problem = spec => string.IsNullOrEmpty(spec.Dataset) ? $"is missing; name one of {KnownDatasets}."
                : DatasetNames.IsValid(spec.Dataset) ? null // whether it exists is known once the data folder is read
                : $"{spec.Dataset} is unknown; name one of {KnownDatasets}.",
            IsFixedInBranch = true,
        };

    public static Setting Method { get; } =
        SettingFactory.Choice(nameof(RunSpec.Method), "Method", "Training method: task_prefix is step-by-step", "METHOD",
            [.. MethodNames.All.Select(method => new SettingChoice(method, MethodNames.Title(method)))],
            spec => spec.Method, (spec, value) => spec with { Method = value }) with
        {
            Group = SettingGroup.Sources,
        };

    public static Setting LabelSource { get; } =
        SettingFactory.Choice(nameof(RunSpec.LabelSource), "Labels", "Labels to train on: gt (the truth) or llm (the teacher's)", "SOURCE",
            spec => spec.LabelSource, (RunSpec spec, LabelSource value) => spec with { LabelSource = value },
            labels => labels == Settings.LabelSource.Gt ? "gt (truth)" : "llm (teacher)") with
        {
            Group = SettingGroup.Sources,
        };

    public static Setting Teacher { get; } =
        SettingFactory.Text(
            nameof(RunSpec.Teacher), "Teacher",
            "Teacher whose rationales and labels are learned: palm, gpt, none, or another name; several with commas, for several_teachers",
            "TEACHER",
            spec => spec.Teacher ?? TeacherNames.None, (spec, value) => spec with { Teacher = TeacherNames.Parse(value) }) with
        {
            Problem = TeacherProblem,
            WhyNot = spec => spec.NeedsTeacher ? null : "Standard training on true labels uses no teacher.",
            Unset = "palm if one is needed",
        };

    public static Setting Alpha { get; } =
        SettingFactory.Number(
            nameof(RunSpec.Alpha), "Alpha", "Weight of the label loss; the rationale loss gets the rest", spec => spec.Alpha,
            (spec, value) => spec with { Alpha = value },
            value => value is >= 0 and <= 1, "it is the weight of the label loss, from 0 to 1", "a number from 0 to 1") with
        {
            WhyNot = spec => spec.Method switch
            {
                MethodNames.Standard => "Standard training has one loss: there is nothing to weight.",
                MethodNames.SingleTask or MethodNames.LabelThenRationale =>
                    $"{MethodNames.Title(spec.Method)} has one target, label and rationale together, and one loss.",
                _ => null,
            },
        };

    public static Setting TeacherWeights { get; } =
        SettingFactory.Text(
            nameof(RunSpec.TeacherWeights), "Teacher weights", "Parts of the rationale weight by teacher, such as 2,1", "LIST",
            spec => spec.TeacherWeights, (spec, value) => spec with { TeacherWeights = value }, unset: "equal").Dashed() with
        {
            Problem = spec => spec.TeacherWeights is null || spec.Method != MethodNames.SeveralTeachers ? null
                : TeacherNames.Weights(spec.TeacherWeights) is not { } weights ? "is not a list of weights; give a number of at least 0 "
                    + "for each teacher, such as 2,1."
                : weights.Length != spec.Teachers.Count ? $"has {weights.Length} weights for {spec.Teachers.Count} teachers; "
                    + $"give one for each."
                : null,
            WhyNot = spec => spec.Method == MethodNames.SeveralTeachers ? null : "Only several teachers share the weight of the "
                + "rationales.",
            IsAdvanced = true,
        };

    public static Setting Rationales { get; } =
        SettingFactory.Optional(
            nameof(RunSpec.Rationales), "Rationales per row",
            "Maximum rationales per row: the teacher's own and those of its further samples, NAME.2 and so on",
            spec => spec.Rationales, (spec, value) => spec with { Rationales = value }, "all", 1).Dashed() with
        {
            WhyNot = spec => spec.Method == MethodNames.ManyRationales ? null : "Only many rationales learns more than one per row.",
            IsAdvanced = true,
        };

    public static Setting Init { get; } =
        SettingFactory.Choice(
            nameof(RunSpec.Init), "Initial weights",
            "Initial weights: pretrained, or random (the folder then needs only config and tokenizer)", "WEIGHTS",
            spec => spec.Init, (RunSpec spec, ModelInit value) => spec with { Init = value }) with
        {
            IsAdvanced = true,
            IsFixedInBranch = true,
        };

    public static Setting DataDir { get; } =
        SettingFactory.Text(
            nameof(RunSpec.DataDir), "Data folder", "Folder of the datasets", "DIR", spec => spec.DataDir,
            (spec, value) => spec with { DataDir = value }, unset: "HOME/datasets")
            .Dashed() with
        {
            Problem = spec => spec.DataDir is null || IsPath(spec.DataDir) ? null : "is not a folder's path; name the folder of the "
                + "datasets.",
            IsAdvanced = true,
            MayDifferOnResume = true,
            IsFixedInBranch = true,
        };

    /// <summary>Returns the last segment of a model's path.</summary>
    public static string ModelName(string fromPretrained) => fromPretrained.TrimEnd('/', '\\').Split('/', '\\')[^1];

    private static string KnownDatasets => string.Join(", ", DatasetCatalog.All.Select(dataset => dataset.Name));

    private static bool IsPath(string path) => !string.IsNullOrWhiteSpace(path) && !path.Contains('\0', StringComparison.Ordinal);

    private static string? TeacherProblem(RunSpec spec)
    {
        if (spec.Teacher is { } teacher)
        {
            IReadOnlyList<string> names = spec.Teachers;
            return spec.Method != MethodNames.SeveralTeachers && TeacherNames.Split(teacher).Length > 1
                    ? $"{teacher} names several teachers; name one, or learn from all with {Method.Flag} {MethodNames.SeveralTeachers}."
                : spec.Method == MethodNames.SeveralTeachers && names.Distinct().Count() < Math.Max(2, names.Count)
                    ? $"{(teacher.Length == 0 ? "nothing" : teacher)} leaves {Method.Flag} {spec.Method} without several different "
                        + $"teachers; name at least two, such as palm,gpt."
                : names.FirstOrDefault(
                    name => name is not (DatasetLayout.Palm or DatasetLayout.Gpt) && !DatasetLayout.IsTeacherName(name)) is { } odd
                    ? $"{odd} is not a teacher's name; use palm, gpt, none, or another name of up to 64 letters, digits, '-', '_' and '.'."
                : null;
        }

        return MethodNames.All.Contains(spec.Method) && spec.LearnsRationales ? $"none leaves {Method.Flag} {spec.Method} without "
            + $"rationales; name a teacher such as palm, or use standard."
            : spec.LabelSource == Settings.LabelSource.Llm ? $"none leaves {LabelSource.Flag} llm without labels; name a teacher such as "
                + $"palm, or use gt."
            : spec.LeaveOutRejected ? $"none leaves {LeaveOutRejected.Flag} without a review; name the teacher whose rejected rows are "
                + $"left out."
            : null;
    }
}
