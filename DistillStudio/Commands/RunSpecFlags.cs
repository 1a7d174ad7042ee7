using System.CommandLine;
using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>One flag of <c>train</c> and the property of <see cref="RunSpec"/> it stands for.</summary>
/// <param name="Property">Name of the property.</param>
/// <param name="Value">What its value is called in the help; null for a flag without a value.</param>
/// <param name="Expected">What its value must look like, for the sentence that refuses another.</param>
/// <param name="Write">The property's value as text; null where there is none to write.</param>
/// <param name="Read">The spec with the property set; null where the text cannot be read.</param>
/// <param name="Spelling">The flag; null for the one named as the property is. A property may have two, which exclude each other.</param>
internal sealed record RunSpecFlag(string Property, string? Value, string Expected, string Help, Func<RunSpec, string?> Write, Func<RunSpec, string, RunSpec?> Read, string? Spelling = null)
{
    public string Name { get; } = Spelling ?? RunSpecRules.FlagOf(Property);

    public bool IsSwitch => Value is null;
}

/// <summary>All flags that make up a <see cref="RunSpec"/>, in the order of the help: parsing and formatting share this table.</summary>
internal static class RunSpecFlags
{
    /// <summary>How <c>--llm</c> spells that no teacher is used.</summary>
    public const string NoTeacher = "none";

    public const string On = "true";

    public static IReadOnlyList<RunSpecFlag> All { get; } =
    [
        Text(nameof(RunSpec.FromPretrained), "DIR", "Model to start from: a Hugging Face folder, or demo", s => s.FromPretrained, (s, v) => s with { FromPretrained = v }),
        Text(nameof(RunSpec.Dataset), "NAME", "cqa, svamp, esnli, anli1, asdiv or demo", s => s.Dataset, (s, v) => s with { Dataset = v }),
        Choice(nameof(RunSpec.ModelType), "RECIPE", RecipeNames.All, "standard, task_prefix (step-by-step) or single_task [task_prefix]", s => s.ModelType, (s, v) => s with { ModelType = v }),
        Named(nameof(RunSpec.LabelType), "SOURCE", "Labels to train on: gt (the truth) or llm (the teacher's) [gt]", s => s.LabelType, (RunSpec s, LabelType v) => s with { LabelType = v }),
        Text(nameof(RunSpec.Llm), "TEACHER", "Teacher: palm, gpt, none or another's name [palm where one is needed]", s => s.Llm ?? NoTeacher, (s, v) => s with { Llm = TeacherOf(v) }),
        Number(nameof(RunSpec.Alpha), "Weight of the label loss; the rationale loss has the rest [0.5]", s => s.Alpha, (s, v) => s with { Alpha = v }),
        Whole(nameof(RunSpec.BatchSize), "Rows per batch [64]", s => s.BatchSize, (s, v) => s with { BatchSize = v }),
        Whole(nameof(RunSpec.GradSteps), "Batches accumulated into one step [1]", s => s.GradSteps, (s, v) => s with { GradSteps = v }),
        Whole(nameof(RunSpec.MaxSteps), "Optimiser steps [10000]", s => s.MaxSteps, (s, v) => s with { MaxSteps = v }),
        Whole(nameof(RunSpec.EvalSteps), "Steps between evaluations on validation [250]", s => s.EvalSteps, (s, v) => s with { EvalSteps = v }),
        Whole(nameof(RunSpec.SaveSteps), "Steps between checkpoints [one after each evaluation]", s => s.SaveSteps, (s, v) => s with { SaveSteps = v }),
        Named(nameof(RunSpec.OptimizerName), "NAME", "AdamW or Adafactor [AdamW]", s => s.OptimizerName, (RunSpec s, OptimizerName v) => s with { OptimizerName = v }, lowerCase: false),
        Number(nameof(RunSpec.Lr), "Learning rate of the first step; decays linearly to 0 [5e-5]", s => s.Lr, (s, v) => s with { Lr = v }),
        Whole(nameof(RunSpec.Run), "Seed of everything random [0]", s => s.Run, (s, v) => s with { Run = v }),
        Number(nameof(RunSpec.Subsample), "Fraction of the training rows kept [1.0]", s => s.Subsample, (s, v) => s with { Subsample = v }),
        Whole(nameof(RunSpec.MaxInputLength), "Tokens kept of an input [1024]", s => s.MaxInputLength, (s, v) => s with { MaxInputLength = v }),
        Whole(nameof(RunSpec.GenMaxLen), "Tokens generated at most per answer [64]", s => s.GenMaxLen, (s, v) => s with { GenMaxLen = v }),
        Switch(nameof(RunSpec.Bf16), "Matrix products in bfloat16, master weights in float32 [on a GPU that has it]", s => s.Bf16 == true, (s, v) => s with { Bf16 = v }),
        Switch(nameof(RunSpec.Bf16), "Matrix products in float32 [on the CPU]", s => s.Bf16 == false, (s, v) => s with { Bf16 = !v }, "--fp32"),
        Switch(nameof(RunSpec.OutputRationale), "Evaluations write a rationale for every row", s => s.OutputRationale, (s, v) => s with { OutputRationale = v }),
        Named(nameof(RunSpec.Init), "WEIGHTS", "First weights: pretrained, or random (the folder needs config and tokenizer only) [pretrained]", s => s.Init, (RunSpec s, ModelInit v) => s with { Init = v }),
        Named(nameof(RunSpec.Keep), "WEIGHTS", "Weights to export: best (by validation accuracy) or last [best]", s => s.Keep, (RunSpec s, KeepModel v) => s with { Keep = v }),
        Switch(nameof(RunSpec.KeepBlankLabels), "Train on blank teacher labels too, as the original does", s => s.KeepBlankLabels, (s, v) => s with { KeepBlankLabels = v }),
        Whole(nameof(RunSpec.EvalLimit), "Rows per evaluation at most [all]", s => s.EvalLimit, (s, v) => s with { EvalLimit = v }),
        Text(nameof(RunSpec.Device), "DEVICE", "auto, cpu, cuda or cuda:n [auto]", s => s.Device, (s, v) => s with { Device = v.ToLowerInvariant() }),
        Whole(nameof(RunSpec.Threads), "CPU threads [one per core]", s => s.Threads, (s, v) => s with { Threads = v }),
        Text(nameof(RunSpec.DataDir), "DIR", "Folder that holds the datasets [HOME/datasets]", s => s.DataDir, (s, v) => s with { DataDir = v }),
        Text(nameof(RunSpec.Name), "TEXT", "A name for the run", s => s.Name, (s, v) => s with { Name = v }),
    ];

    /// <summary>The option that declares a flag.</summary>
    public static Option Declare(RunSpecFlag flag) =>
        flag.Value is null ? Usage.Switch(flag.Name, flag.Help) : Usage.Flag(flag.Name, flag.Value, flag.Help);

    private static RunSpecFlag Text(string property, string value, string help, Func<RunSpec, string?> get, Func<RunSpec, string, RunSpec> set) =>
        new(property, value, "a text", help, get, set);

    private static RunSpecFlag Whole(string property, string help, Func<RunSpec, int?> get, Func<RunSpec, int, RunSpec> set) =>
        new(property, "N", $"a whole number of at most {int.MaxValue}", help, s => get(s)?.ToString(CultureInfo.InvariantCulture),
            (s, text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? set(s, value) : null);

    private static RunSpecFlag Number(string property, string help, Func<RunSpec, double> get, Func<RunSpec, double, RunSpec> set) =>
        new(property, "X", "a number", help, s => get(s).ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
            (s, text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? set(s, value) : null);

    private static RunSpecFlag Switch(string property, string help, Func<RunSpec, bool> get, Func<RunSpec, bool, RunSpec> set, string? spelling = null) =>
        new(property, null, "nothing", help, s => get(s) ? On : null, (s, text) => set(s, text == On), spelling);

    private static RunSpecFlag Choice(string property, string value, IReadOnlyList<string> names, string help, Func<RunSpec, string?> get, Func<RunSpec, string, RunSpec> set) =>
        new(property, value, OneOf(names), help, get,
            (s, text) => names.FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name ? set(s, name) : null);

    /// <summary>An enum's member by its name in any case; a number is no name.</summary>
    private static RunSpecFlag Named<T>(string property, string value, string help, Func<RunSpec, T> get, Func<RunSpec, T, RunSpec> set, bool lowerCase = true)
        where T : struct, Enum
    {
        string Spell(T member) => lowerCase ? member.ToString().ToLowerInvariant() : member.ToString();
        return Choice(property, value, [.. Enum.GetValues<T>().Select(Spell)], help, s => Spell(get(s)), (s, name) => set(s, Enum.Parse<T>(name, ignoreCase: true)));
    }

    /// <summary>The teacher that a value of <c>--llm</c> means: the known names in any case, another as it is; null for none.</summary>
    public static string? TeacherOf(string? value) =>
        new[] { NoTeacher, DatasetLayout.Palm, DatasetLayout.Gpt }.FirstOrDefault(known => known.Equals(value, StringComparison.OrdinalIgnoreCase)) switch
        {
            NoTeacher => null,
            { } known => known,
            null => value,
        };

    private static string OneOf(IReadOnlyList<string> names) =>
        names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
}
