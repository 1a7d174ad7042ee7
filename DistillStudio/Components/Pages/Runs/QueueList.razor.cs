using DistillStudio.Components.Controls;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.History;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Shows the queued runs in the order in which they will be trained.</summary>
public sealed partial class QueueList : ComponentBase
{
    private string? _dragged;
    private int? _over;

    /// <summary>The queued runs, next one first.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<RunSummary> Runs { get; set; }

    /// <summary>The running and paused runs.</summary>
    [Parameter]
    public IReadOnlyList<RunSummary> Before { get; set; } = [];

    [Parameter, EditorRequired]
    public required RunActions Actions { get; set; }

    /// <summary>Returns false for a run that is paused on a cluster, which has given its node back.</summary>
    private static bool HoldsDevice(RunSummary run) => run is not { State: RunState.Paused, Placement: not null };

    private static string Doing(RunSummary run)
    {
        string doing = RunText.Phase(run) ?? $"{(run.State == RunState.Paused ? "at " : "")}step {Format.Count(run.Step)} of "
            + $"{Format.Count(run.Spec.MaxSteps)}";
        return run.State == RunState.Running && run.SecondsLeft is { } left ? $"{doing}, {Format.Duration(left)} left" : doing;
    }

    /// <summary>Returns the CSS class of a row: a line above or below the drop target marks the new place of the dragged run.</summary>
    private string? ClassOf(int place)
    {
        int from = Runs.ToList().FindIndex(run => run.Id == _dragged);
        return from < 0 ? null
            : from == place ? "is-dragged"
            : place != _over ? null
            : place < from ? "is-before" : "is-behind";
    }

    private void Drop()
    {
        if (Runs.FirstOrDefault(run => run.Id == _dragged) is { } run && _over is { } place)
        {
            Actions.PlaceInQueue(run, place);
        }

        Forget();
    }

    private void Forget() => (_dragged, _over) = (null, null);
}
