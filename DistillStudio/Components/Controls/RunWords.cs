using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using MudBlazor;

namespace DistillStudio.Components.Controls;

/// <summary>How the pages speak of runs.</summary>
public static class RunWords
{
    public static string Address(RunSummary run) => Address(run.Id);

    public static string Address(string runId) => $"runs/{Uri.EscapeDataString(runId)}";

    /// <summary>The name a person gave; else dataset and method, with the end of the id, which no other run shares.</summary>
    public static string Title(RunSummary run) => run.Name ?? run.Spec.Name ?? $"{run.Spec.Dataset} {SettingsTable.ModelType.Display(run.Spec).ToLowerInvariant()} {run.Id[Math.Max(0, run.Id.Length - 4)..]}";

    /// <summary>What a run does, in a line.</summary>
    public static string Summary(RunSpec spec)
    {
        string labels = spec.LabelType == LabelType.Gt ? "true labels" : $"labels of {spec.Llm}";
        string rationales = !spec.LearnsRationales ? "no rationales" : $"rationales of {spec.Llm}";
        string alpha = SettingsTable.Alpha.Applies(spec) ? $" · alpha {SettingsTable.Alpha.Display(spec)}" : "";
        return $"{SettingsTable.ModelType.Display(spec)} on {spec.Dataset} · {labels}, {rationales}{alpha} · {SettingsTable.FromPretrained.Display(spec)} · seed {spec.Run}";
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
