using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;
using DistillStudio.Live;

namespace DistillStudio.Components.Pages.Studies;

/// <summary>Page of all studies.</summary>
public sealed partial class StudiesPage(
    StudyReader reader, StudyManager manager, StudyActions actions, ILiveFeed feed, PagePresence presence,
    StudioHome home, TimeProvider time) : LiveComponent, IDisposable
{
    private readonly StudyActions _actions = actions;
    private IReadOnlyList<StudyEntry>? _studies;
    private IReadOnlyList<UnreadableStudy> _unreadable = [];
    private string? _trouble;
    private OneAtATime? _reading;
    private PageSubscription? _watch;
    private FolderWatch? _fileWatch;
    private bool _isLaunching;

    protected override void OnInitialized()
    {
        _reading = new OneAtATime(ReadAsync);
        _watch = new(feed.FollowRuns(() => RunAsync(_reading.AskAsync), isOfStatesOnly: true), presence);
        _fileWatch = new(presence, time, home.Studies, () => RunAsync(_reading.AskAsync));
        manager.Changed += OnChanged;
        Start(_reading.AskAsync);
    }

    public void Dispose()
    {
        manager.Changed -= OnChanged;
        _watch?.Dispose();
        _fileWatch?.Dispose();
    }

    private void OnChanged() => Start(_reading!.AskAsync);

    private async Task ReadAsync()
    {
        try
        {
            (_studies, _unreadable) = await Task.Run(reader.List);
            _trouble = null;
        }
        catch (InputException e)
        {
            _trouble = e.Message;
        }

        StateHasChanged();
    }

    private async Task RunDemoAsync()
    {
        _isLaunching = true;
        await _actions.RunDemoAsync();
        _isLaunching = false;
    }
}
