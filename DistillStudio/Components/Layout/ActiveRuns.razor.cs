using DistillStudio.History;
using DistillStudio.Live;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Layout;

/// <summary>What trains right now, on every page.</summary>
public sealed partial class ActiveRuns(IRunHistory history, ILiveFeed feed, PagePresence presence) : ComponentBase, IDisposable
{
    private const int MaxShown = 6;

    private IReadOnlyList<RunSummary> _runs = [];
    private int _queued;
    private Watch? _watch;

    private string Heading => _queued == 0 ? "Active" : $"Active · {_queued} queued";

    protected override void OnInitialized()
    {
        Read();
        _watch = new(
            feed.FollowRuns(() => InvokeAsync(() =>
            {
                Read();
                StateHasChanged();
            })),
            presence);
    }

    public void Dispose() => _watch?.Dispose();

    private void Read()
    {
        IReadOnlyList<RunSummary> all = history.ListRuns();
        _runs = [.. all.Where(r => r.State.IsActive()).OrderBy(r => r.StartedAt)];
        _queued = all.Count(r => r.State == RunState.Queued);
    }
}
