using DistillStudio.Cluster;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Pages.Cluster;

/// <summary>The cluster: its partitions and nodes, this user's jobs, and the profiles with which runs are handed to it.</summary>
public sealed partial class ClusterPage(
    ISlurm slurm,
    ClusterProfiles profiles,
    ClusterDispatcher dispatcher,
    IRunHistory history,
    PagePresence presence,
    IDialogService dialogs,
    ISnackbar snackbar,
    BrowserInterop script,
    NavigationManager navigation) : LiveComponent, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _closed = new();
    private readonly SemaphoreSlim _wake = new(0);
    private ClusterView _view = new();
    private PageQuery? _link;
    private ClusterLook? _look;
    private IReadOnlyList<ClusterProfile>? _profiles;
    private string? _default;
    private string? _unreadable;

    private ClusterProfile? Edited => _profiles?.FirstOrDefault(profile => profile.Name == _view.Edit);

    private IReadOnlyList<string> Names => [.. (_profiles ?? []).Select(profile => profile.Name)];

    private IReadOnlyList<string> Partitions => [.. (_look?.Nodes ?? []).Select(node => node.Partition).Distinct()];

    /// <summary>Why Slurm does not answer, in its words; null while it does, and where there is none.</summary>
    private string? Trouble => _look is { WhyUnavailable: null } look ? look.Problem ?? dispatcher.Problem : null;

    public void Dispose()
    {
        presence.Changed -= OnPresence;
        _closed.Cancel();
        _closed.Dispose();
        _wake.Dispose();
    }

    protected override void OnInitialized()
    {
        var query = PageQuery.Of(navigation);
        _view = ClusterView.Read(query);
        presence.Changed += OnPresence;
        Start(() => OpenAsync(query));
        Start(FollowAsync);
    }

    /// <summary>Reads the profiles; only then it is known whether the address names one.</summary>
    private async Task OpenAsync(PageQuery query)
    {
        await ReadProfilesAsync();
        if (_view.Edit is not null && Edited is null)
        {
            _view = query.Refuse(
                ClusterView.EditKey, Names.Count > 0 ? string.Join(" or ", Names) : "new=1 to add a profile", _view with { Edit = null });
        }

        _link = query;
        StateHasChanged();
    }

    /// <summary>Asks Slurm every few seconds, and not while the page is hidden.</summary>
    private async Task FollowAsync()
    {
        CancellationToken closed = _closed.Token;
        while (true)
        {
            if (presence.IsWatched)
            {
                ClusterLook? before = _look;
                _look = await Task.Run(() => ClusterLook.TakeAsync(slurm, history, before, closed), closed);
                StateHasChanged();
            }

            await _wake.WaitAsync(Interval, closed);
        }
    }

    private void OnPresence(bool isWatched)
    {
        if (isWatched)
        {
            _wake.Release();
        }
    }

    private async Task ReadProfilesAsync()
    {
        try
        {
            (_profiles, _default) = await Task.Run(() => (profiles.List(), profiles.Default));
            _unreadable = null;
        }
        catch (InputException e)
        {
            (_profiles, _default, _unreadable) = ([], null, e.Message);
        }
    }

    private void Show(ClusterView view)
    {
        _view = view;
        script.KeepAddress(navigation, _view.Write());
    }

    private async Task SaveAsync(ClusterProfile profile)
    {
        if (await ChangeAsync(() => profiles.Save(profile)))
        {
            snackbar.AddNote($"Profile {profile.Name} saved.", Severity.Success);
            Show(_view with { IsNew = false, Edit = null });
        }
    }

    private async Task RemoveAsync(ClusterProfile profile)
    {
        if (
            await dialogs.ShowMessageBoxAsync(
                $"Remove the profile {profile.Name}?", "Jobs that were submitted with it continue. Its runs cannot be submitted again.",
                yesText: "Remove", cancelText: "Keep") == true
            && await ChangeAsync(() => profiles.Remove(profile.Name)))
        {
            snackbar.AddNote($"Profile {profile.Name} removed.", Severity.Normal);
        }
    }

    /// <summary>Changes the profiles; on an <see cref="InputException"/> shows the problems and returns false.</summary>
    private async Task<bool> ChangeAsync(Action change)
    {
        string[] problems = [];
        try
        {
            await Task.Run(change);
        }
        catch (InputException e)
        {
            problems = [.. e.Problems];
        }

        await ReadProfilesAsync();
        foreach (string problem in problems)
        {
            snackbar.AddNote(problem, Severity.Error);
        }

        return problems.Length == 0;
    }
}
