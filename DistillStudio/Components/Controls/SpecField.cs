using DistillStudio.Engine.Training;

namespace DistillStudio.Components.Controls;

/// <summary>A setting of a run as people read it.</summary>
/// <param name="Property">Of <see cref="RunSpec"/>.</param>
/// <param name="Title">What the field is called on every page.</param>
/// <param name="Value">As text.</param>
/// <param name="IsAsked">False where nothing but the usual is asked for, so that it need not be shown.</param>
public sealed record SpecField(string Property, string Title, Func<RunSpec, string> Value, Func<RunSpec, bool> IsAsked)
{
    /// <summary>As the command line spells it.</summary>
    public string Flag => RunSpecRules.FlagOf(Property);

    /// <summary>It has a meaning beside the other settings, and there is something to show.</summary>
    public bool Applies(RunSpec spec) => RunSpecRules.Applies(Property, spec) && IsAsked(spec);
}

public static class SpecFields
{
    public static IReadOnlyList<SpecField> All { get; } =
    [
        Of(nameof(RunSpec.Dataset), "Dataset", s => s.Dataset),
        Of(nameof(RunSpec.DataDir), "Data folder", s => s.DataDir ?? "the home's", s => s.DataDir is not null),
        Of(nameof(RunSpec.ModelType), "Method", s => RunWords.Method(s.ModelType)),
        Of(nameof(RunSpec.LabelType), "Labels", s => RunWords.Labels(s.LabelType)),
        Of(nameof(RunSpec.Llm), "Teacher", s => s.Llm ?? "none"),
        Of(nameof(RunSpec.Alpha), "Alpha", s => Format.Setting(s.Alpha)),
        Of(nameof(RunSpec.FromPretrained), "Model", s => RunWords.Model(s.FromPretrained)),
        Of(nameof(RunSpec.Init), "First weights", s => s.Init == ModelInit.Random ? "random" : "pretrained"),
        Of(nameof(RunSpec.Run), "Seed", s => Format.Count(s.Run)),
        Of(nameof(RunSpec.Subsample), "Share of the data", s => Format.Percent(s.Subsample)),
        Of(nameof(RunSpec.MaxSteps), "Steps", s => Format.Count(s.MaxSteps)),
        Of(nameof(RunSpec.EvalSteps), "Evaluated every", s => $"{Format.Count(s.EvalSteps)} steps"),
        Of(nameof(RunSpec.SaveSteps), "Checkpoint", s => s.SaveSteps is { } steps ? $"every {Format.Count(steps)} steps" : "after each evaluation", s => s.SaveSteps is not null),
        Of(nameof(RunSpec.BatchSize), "Batch", s => s.GradSteps == 1 ? Format.Plural(s.BatchSize, "row") : $"{Format.Plural(s.BatchSize * (long)s.GradSteps, "row")} in {s.GradSteps} parts"),
        Of(nameof(RunSpec.Lr), "Learning rate", s => Format.Setting(s.Lr)),
        Of(nameof(RunSpec.OptimizerName), "Optimiser", s => s.OptimizerName.ToString()),
        Of(nameof(RunSpec.MaxInputLength), "Input length", s => $"{Format.Count(s.MaxInputLength)} tokens at most"),
        Of(nameof(RunSpec.GenMaxLen), "Answer length", s => $"{Format.Count(s.GenMaxLen)} tokens at most"),
        Of(nameof(RunSpec.EvalLimit), "Rows evaluated", s => s.EvalLimit is { } limit ? $"{Format.Count(limit)} at most" : "all"),
        Of(nameof(RunSpec.OutputRationale), "Rationales evaluated", s => s.OutputRationale ? "for every row" : "for the samples"),
        Of(nameof(RunSpec.KeepBlankLabels), "Blank teacher labels", s => s.KeepBlankLabels ? "kept" : "left out"),
        Of(nameof(RunSpec.Keep), "Exported weights", s => s.Keep == KeepModel.Best ? "best on validation" : "last step"),
        Of(nameof(RunSpec.Bf16), "Precision", s => s.Bf16 switch { true => "bfloat16 products", false => "float32", null => "as the device has it" }),
        Of(nameof(RunSpec.Device), "Device", s => s.Device),
        Of(nameof(RunSpec.Threads), "Threads", s => s.Threads is { } threads ? Format.Count(threads) : "one a core"),
    ];

    private static SpecField Of(string property, string title, Func<RunSpec, string> value, Func<RunSpec, bool>? isAsked = null) =>
        new(property, title, value, isAsked ?? (_ => true));
}
