using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using MudBlazor;

namespace DistillStudio.Components.Controls;

/// <summary>How the pages speak of runs.</summary>
public static class RunWords
{
    public static string Address(RunSummary run) => Address(run.Id);

    public static string Address(string runId) => $"runs/{Uri.EscapeDataString(runId)}";

    /// <summary>The name a person gave; else dataset and method, with the end of the id, which no other run shares.</summary>
    public static string Title(RunSummary run) => run.Name ?? run.Spec.Name ?? $"{run.Spec.Dataset} {Method(run.Spec.ModelType).ToLowerInvariant()} {run.Id[Math.Max(0, run.Id.Length - 4)..]}";

    public static string Method(string recipe) => recipe switch
    {
        RecipeNames.Standard => "Standard",
        RecipeNames.TaskPrefix => "Step-by-step",
        RecipeNames.SingleTask => "Single task",
        _ => recipe,
    };

    public static string Labels(LabelType labels) => labels == LabelType.Gt ? "Truth" : "Teacher";

    /// <summary>The last part of a model's folder.</summary>
    public static string Model(string fromPretrained) => fromPretrained.TrimEnd('/', '\\').Split('/', '\\')[^1];

    /// <summary>What a run does, in a line.</summary>
    public static string Summary(RunSpec spec)
    {
        string labels = spec.LabelType == LabelType.Gt ? "true labels" : $"labels of {spec.Llm}";
        string rationales = spec.ModelType == RecipeNames.Standard ? "no rationales" : $"rationales of {spec.Llm}";
        string alpha = RunSpecRules.AlphaOf(spec) is { } weight ? $" · alpha {Format.Setting(weight)}" : "";
        return $"{Method(spec.ModelType)} on {spec.Dataset} · {labels}, {rationales}{alpha} · {Model(spec.FromPretrained)} · seed {spec.Run}";
    }

    /// <summary>A 95 % interval of a share.</summary>
    public static string Between(Interval interval) => $"{Format.Percent(interval.Low)[..^2]} to {Format.Percent(interval.High)}";

    public static string State(RunState state) => state.ToString();

    /// <summary>What keeps the steps waiting, with the batches done, such as <c>evaluating 12/80</c>; null while steps are taken.</summary>
    public static string? Phase(RunSummary run) => run is { State: RunState.Running, Evaluating: { } evaluation } ? evaluation.Text : null;

    public static Color StateColor(RunState state) => state switch
    {
        RunState.Running => Color.Primary,
        RunState.Paused or RunState.Interrupted => Color.Warning,
        RunState.Finished => Color.Success,
        RunState.Failed => Color.Error,
        _ => Color.Default,
    };

    public static string StateIcon(RunState state) => state switch
    {
        RunState.Queued => Icons.Material.Rounded.Schedule,
        RunState.Running => Icons.Material.Rounded.PlayCircle,
        RunState.Paused => Icons.Material.Rounded.PauseCircle,
        RunState.Finished => Icons.Material.Rounded.CheckCircle,
        RunState.Failed => Icons.Material.Rounded.Error,
        RunState.Cancelled => Icons.Material.Rounded.Cancel,
        _ => Icons.Material.Rounded.PowerOff,
    };
}
