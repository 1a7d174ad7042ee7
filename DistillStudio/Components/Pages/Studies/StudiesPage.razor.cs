using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;
using DistillStudio.Live;

namespace DistillStudio.Components.Pages.Studies;

/// <summary>Page of all studies.</summary>
public sealed partial class StudiesPage(
    StudyReader reader, StudyManager manager, StudyActions actions, ILiveFeed feed, PagePresence presence) : LiveComponent, IDisposable
{
    private readonly StudyActions _actions = actions;
    private IReadOnlyList<StudyEntry>? _studies;
    private IReadOnlyList<UnreadableStudy> _unreadable = [];
    private string? _trouble;
    private BackgroundReading? _reading;
    private PageSubscription? _watch;
    private bool _isLaunching;

    protected override void OnInitialized()
    {
        _reading = new BackgroundReading(ReadAsync);
        _watch = new(feed.FollowRuns(() => RunAsync(_reading.RequestAsync), isOfStatesOnly: true), presence);
        manager.Changed += OnChanged;
        Start(_reading.RequestAsync);
    }

    public void Dispose()
    {
        manager.Changed -= OnChanged;
        _watch?.Dispose();
    }

    private void OnChanged() => Start(_reading!.RequestAsync);

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
