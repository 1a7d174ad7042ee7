using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Statistics;
using DistillStudio.History;
using MudBlazor;

namespace DistillStudio.Components.Presentation;

/// <summary>Display text for runs.</summary>
public static class RunText
{
    public static string Address(RunSummary run) => Address(run.Id);

    public static string Address(string runId) => $"runs/{Uri.EscapeDataString(runId)}";

    /// <summary>Returns the name given by the user; otherwise dataset and method with the end of the id, which is unique.</summary>
    public static string Title(RunSummary run) => run.Name ?? run.Spec.Name ?? $"{run.Spec.Dataset} "
        + $"{SettingsTable.Method.Display(run.Spec).ToLowerInvariant()} {run.Id[Math.Max(0, run.Id.Length - 4)..]}";

    /// <summary>Returns the name that a person gave the run; null if there is none, or only one that a study made.</summary>
    public static string? GivenName(RunSummary run) =>
        run.Name ?? (run.Spec.Name is { } name && !(name.Contains(": ", StringComparison.Ordinal)
            && name.EndsWith($", seed {run.Spec.Seed}", StringComparison.Ordinal)) ? name : null);

    /// <summary>Returns a one-line summary of a run's settings.</summary>
    public static string Summary(RunSpec spec)
    {
        if (spec.IsCurvesOnly)
        {
            return "Curves of another program's run; its settings are not known";
        }

        string labels = spec.LabelSource == LabelSource.Gt ? "true labels" : $"labels of {spec.Teacher}";
        string rationales = !spec.LearnsRationales ? "no rationales" : $"rationales of {spec.Teacher}";
        string alpha = SettingsTable.Alpha.Applies(spec) ? $" · alpha {SettingsTable.Alpha.Display(spec)}" : "";
        return $"{SettingsTable.Method.Display(spec)} on {spec.Dataset} · {labels}, "
            + $"{rationales}{alpha} · {SettingsTable.FromPretrained.Display(spec)} · seed {spec.Seed}";
    }

    /// <summary>Formats a 95 % confidence interval of a proportion.</summary>
    public static string Between(ConfidenceInterval interval) => $"{Format.Percent(interval.Low)[..^2]} to {Format.Percent(interval.High)}";

    public static string State(RunState state) => state.ToString();

    /// <summary>
    /// Returns what a running run does besides steps, such as <c>reading data</c>, <c>validating 12/80</c> with completed batches, or
    /// <c>exporting</c>; null if it steps or does not run.
    /// </summary>
    public static string? Phase(RunSummary run) => run.State != RunState.Running ? null
        : run.Evaluating?.Text ?? (run.Phase is { } phase ? PhaseStarted.TextOf(phase) : null);

    /// <summary>Returns how far a run is in few words, for a tab's title: phase or share of the steps, and the time left.</summary>
    public static string Brief(RunSummary run) => run.State switch
    {
        RunState.Running when run.SecondsLeft is { } left => $"{Phase(run) ?? Format.Share(run.Progress)}, {Format.Duration(left)} left",
        RunState.Running => Phase(run) ?? Format.Share(run.Progress),
        RunState.Paused => $"Paused at {Format.Share(run.Progress)}",
        _ => State(run.State),
    };

    /// <summary>Says why a run that has ended has no curves.</summary>
    public static string WithoutSteps(RunSummary run) => $"There are no curves: the run {Ended(run)} before its first step.";

    /// <summary>Says why a run has no evaluation: it is still to come, or the run ended before.</summary>
    public static string WithoutEvaluation(RunSummary run)
    {
        int first = Math.Min(run.Spec.EvalSteps, run.Spec.MaxSteps);
        return run.State.HasEnded() ? $"There are no samples: the run {Ended(run)} after step {Format.Count(run.Step)}, before its first "
                + $"evaluation, which was due after step {Format.Count(first)}."
            : run.Evaluating is not null ? $"The first evaluation is running: {run.Evaluating.Text}."
            : $"The first samples appear with the first evaluation, after step {Format.Count(first)}.";
    }

    private static string Ended(RunSummary run) => run.State switch
    {
        RunState.Failed => "failed",
        RunState.Cancelled => "was cancelled",
        RunState.Interrupted => "was interrupted",
        _ => "ended",
    };

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
