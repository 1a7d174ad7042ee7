using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Controls;

/// <summary>User actions on studies, for all pages: runs in the background, confirms costly actions and reports invalid ones.</summary>
public sealed class StudyActions(
    StudyManager manager, IRunManager runs, StudyStore store, ISnackbar snackbar, IDialogService dialogs, NavigationManager navigation)
{
    /// <summary>Returns the address of a study's page.</summary>
    public static string Address(Study study) => $"studies/{Uri.EscapeDataString(study.Id)}";

    public Task<bool> PauseAsync(Study study) => TryAsync(() => manager.Pause(study.Id));

    public Task<bool> ResumeAsync(Study study) => TryAsync(() => manager.Resume(study.Id));

    public Task<bool> RerunFailedAsync(Study study) => TryAsync(() => manager.RerunFailed(study.Id));

    public Task<bool> DescribeAsync(Study study, string name, string notes, double? margin) =>
        TryAsync(() => manager.Describe(study.Id, name, notes, margin));

    /// <summary>Deletes a study after asking, and offers to undo it.</summary>
    /// <param name="id">Its id; the study may be unreadable.</param>
    /// <param name="name">Name shown in the question.</param>
    /// <returns>True if it was deleted.</returns>
    public async Task<bool> DeleteAsync(string id, string name)
    {
        bool? isSure = await dialogs.ShowMessageBoxAsync(
            $"Delete {name}?",
            $"The study with its notes is deleted; its runs stay in the table of runs. "
                + $"You can undo this for {RunActions.Words(runs.UndoWindow)}.",
            yesText: "Delete",
            cancelText: "Keep");
        if (isSure != true || !await TryAsync(() => manager.Delete(id)))
        {
            return false;
        }

        snackbar.Add($"{name} deleted.", Severity.Normal, options =>
        {
            options.VisibleStateDuration = (int)Math.Min(runs.UndoWindow.TotalMilliseconds, RunActions.LongestOffer);
            options.RequireInteraction = false;
            options.Action = "Undo";
            options.ActionColor = Color.Primary;
            options.OnClick = _ => TryAsync(() => manager.Undelete(id));
        });
        return true;
    }

    /// <summary>Deletes a study as <see cref="DeleteAsync"/> does, and leaves its page.</summary>
    public async Task DeleteAndLeaveAsync(Study study)
    {
        if (await DeleteAsync(study.Id, study.Name))
        {
            navigation.NavigateTo("studies");
        }
    }

    /// <param name="study">The study.</param>
    /// <param name="count">Number of seeds to add.</param>
    public async Task AddSeedsAsync(Study study, int count)
    {
        if (await TryAsync(() => manager.AddSeeds(study.Id, study.PlannedSeeds.Count + count)))
        {
            snackbar.AddNote($"{Format.Plural(count, "more seed")} will be run.", Severity.Success);
        }
    }

    public async Task CancelAsync(Study study)
    {
        bool? isSure = await dialogs.ShowMessageBoxAsync(
            "Cancel this study?",
            $"The current run of {study.Name} ends after its current step, and no further one starts. Finished runs are kept.",
            yesText: "Cancel the study", cancelText: "Keep running");
        if (isSure == true)
        {
            await TryAsync(() => manager.Cancel(study.Id));
        }
    }

    /// <summary>Creates a study, starts it and opens its page.</summary>
    public Task LaunchAsync(Study study) => OpenAsync(() => manager.Launch(study with { Name = FreeName(study.Name) }));

    /// <summary>Starts the demo study, or continues the existing one, and opens its page.</summary>
    public Task RunDemoAsync() => OpenAsync(() =>
    {
        Study demo = StudyPreset.Demo;
        if (store.Find(demo.Name) is not { } existing || !existing.IsSameQuestion(demo.WithFullPaths()))
        {
            return manager.Launch(demo with { Name = FreeName(demo.Name) });
        }

        manager.Resume(existing.Id);
        return existing;
    });

    private async Task OpenAsync(Func<Study> launch)
    {
        Study? study = null;
        if (await TryAsync(() => study = launch()))
        {
            navigation.NavigateTo(Address(study!));
        }
    }

    /// <summary>Returns the name, with a number if there is a study of that name.</summary>
    private string FreeName(string name) =>
        Enumerable.Range(1, int.MaxValue).Select(i => i == 1 ? name : $"{name} {i}").First(free => store.Find(free) is null);

    private async Task<bool> TryAsync(Action act)
    {
        try
        {
            await Task.Run(act);
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
}
