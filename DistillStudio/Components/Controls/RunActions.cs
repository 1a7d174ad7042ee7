using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Controls;

/// <summary>User actions on runs, for all pages: confirms costly actions and reports invalid ones.</summary>
public sealed class RunActions(
    IRunManager manager, IRunHistory history, ISnackbar snackbar, IDialogService dialogs, NavigationManager navigation)
{
    /// <summary>Longest time for which a message offers to undo something, in milliseconds.</summary>
    internal const int LongestOffer = 30_000;

    /// <inheritdoc cref="IRunManager.WhereElse"/>
    public string? WhereElse(RunSummary run) => manager.WhereElse(run);

    public void Pause(RunSummary run) => Try(() => manager.Pause(run.Id));

    /// <summary>Lets a run on a cluster write a checkpoint and go back to the end of the cluster's queue.</summary>
    public void Requeue(RunSummary run) => Try(() => manager.Requeue(run.Id));

    public void Resume(RunSummary run) => Try(() => manager.Resume(run.Id));

    /// <param name="run">A queued run.</param>
    /// <param name="by">Number of places towards the end; negative towards the front.</param>
    public void MoveInQueue(RunSummary run, int by)
    {
        string[] queue = [.. history.ListRuns().Where(r => r.State == RunState.Queued).OrderBy(r => r.QueueOrder).Select(r => r.Id)];
        Try(() => manager.MoveInQueue(run.Id, Math.Clamp(Array.IndexOf(queue, run.Id) + by, 0, queue.Length)));
    }

    /// <param name="run">A queued run.</param>
    /// <param name="place">Zero-based place in the queue; 0 for next.</param>
    public void PlaceInQueue(RunSummary run, int place) => Try(() => manager.MoveInQueue(run.Id, place));

    public async Task CancelAsync(RunSummary run)
    {
        bool isSure = run.State == RunState.Queued
            || await AskAsync(
                "Cancel this run?", $"{RunText.Title(run)} stops after its current step. Its record is kept.", "Cancel the run",
                "Keep running");
        if (isSure)
        {
            Try(() => manager.Cancel(run.Id));
        }
    }

    /// <summary>Opens the form with the settings of a run; queues those of several, which one form cannot show.</summary>
    public void Clone(IReadOnlyCollection<RunSummary> runs)
    {
        if (runs.Count == 1)
        {
            navigation.NavigateTo(new PageQuery().Set("like", runs.First().Id).Under("launch"));
            return;
        }

        int queued = runs.Count(run => Try(() => manager.Clone(run.Id)));
        if (queued > 0)
        {
            snackbar.AddNote($"{Format.Plural(queued, "run")} queued with the same settings.", Severity.Success);
        }
    }

    /// <summary>Queues runs together; returns their ids, none if they cannot be queued.</summary>
    /// <param name="specs">The runs' settings.</param>
    /// <param name="profile">Profile of the cluster that trains them; null for this machine.</param>
    public IReadOnlyList<string> Launch(IReadOnlyList<RunSpec> specs, string? profile = null)
    {
        IReadOnlyList<string> ids = [];
        if (Try(() => ids = manager.LaunchGroup(specs, profile: profile)))
        {
            snackbar.AddNote($"{Format.Plural(ids.Count, "run")} queued.", Severity.Success);
        }

        return ids;
    }

    /// <returns>True if the runs were deleted.</returns>
    public async Task<bool> DeleteAsync(IReadOnlyCollection<RunSummary> runs)
    {
        string what = runs.Count == 1 ? RunText.Title(runs.First()) : Format.Plural(runs.Count, "run");
        string consequence = $"Its folder, with curves, samples and model, is deleted. You can undo this for {Words(manager.UndoWindow)}.";
        if (!await AskAsync($"Delete {what}?", consequence, "Delete", "Keep"))
        {
            return false;
        }

        string[] ids = [.. runs.Select(r => r.Id)];
        if (!Try(() => manager.Delete(ids)))
        {
            return false;
        }

        snackbar.Add($"{what} deleted.", Severity.Normal, options =>
        {
            options.VisibleStateDuration = (int)Math.Min(manager.UndoWindow.TotalMilliseconds, LongestOffer);
            options.RequireInteraction = false;
            options.Action = "Undo";
            options.ActionColor = Color.Primary;
            options.OnClick = _ =>
            {
                Try(() => manager.Undelete(ids));
                return Task.CompletedTask;
            };
        });
        return true;
    }

    /// <summary>Starts a pair of runs on the bundled demo and opens their live comparison.</summary>
    public void RunDemo()
    {
        IReadOnlyList<string> ids = [];
        if (Try(() => ids = manager.LaunchPair(RunDefaults.Demo)))
        {
            navigation.NavigateTo(Compare(ids));
        }
    }

    public static string Compare(IEnumerable<string> ids) => new PageQuery().Set("runs", ids).Under("compare");

    /// <summary>Returns the address of the comparison of a branch with the run that it branched from, from the branch point on.</summary>
    public static string CompareBranch(RunSummary parent, RunSummary branch) => new PageQuery()
        .Set("runs", [parent.Id, branch.Id])
        .Set("from", branch.Spec.BranchStep)
        .Set("to", Math.Max(parent.Spec.MaxSteps, branch.Spec.MaxSteps))
        .Under("compare");

    /// <summary>Performs an action; on an <see cref="InputException"/> shows the problems and returns false.</summary>
    public bool Try(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (InputException e)
        {
            foreach (string problem in e.Problems)
            {
                snackbar.AddNote(problem, Severity.Error);
            }

            return false;
        }
    }

    private async Task<bool> AskAsync(string title, string message, string yes, string no) =>
        await dialogs.ShowMessageBoxAsync(title, message, yesText: yes, cancelText: no) == true;

    internal static string Words(TimeSpan time) =>
        time.TotalMinutes >= 2 ? $"{time.TotalMinutes:0} minutes" : $"{time.TotalSeconds:0} seconds";
}
